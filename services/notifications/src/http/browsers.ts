import { created, noContent, pageOf, paging, problem, type Route, route, wholeListQuery } from '@millrace/service';
import { z } from 'zod';
import type { Vapid } from '../clients/vapid.ts';
import { type Browser, isPoint } from '../domain/browser.ts';
import type { Browsers } from '../store/browsers.ts';

type Parts = { readonly browsers: Browsers; readonly vapid: Vapid };

/** One's own browsers, in which one is told by web push. */
export const browserRoutes = (parts: Parts): Route[] => [key(parts), list(parts), register(parts), remove(parts)];

const browserResource = z
  .object({
    id: z.uuid(),
    endpoint: z.url(),
    name: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Browser', description: 'A browser that is told by web push.' });

const toResource = ({ _id: id, endpoint, name, createdAt, updatedAt }: Browser) => ({
  ...{ id, endpoint, name },
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const key = ({ vapid }: Parts) =>
  route({
    method: 'get',
    path: '/push/key',
    summary: 'Shows the key by which a browser signs on, its `applicationServerKey`; null where nothing is pushed.',
    role: 'any',
    responses: { 200: z.object({ publicKey: z.string().nullable() }) },
    handle: async () => ({ publicKey: (await vapid())?.publicKey ?? null }),
  });

const newest = paging('browsers', [
  ['createdAt', -1],
  ['id', -1],
]);

const list = ({ browsers }: Parts) =>
  route({
    method: 'get',
    path: '/push/subscriptions',
    summary: 'Lists your browsers that are told by web push, newest first; twenty at most.',
    role: 'any',
    query: z.strictObject(wholeListQuery),
    responses: { 200: pageOf(browserResource) },
    handle: async ({ user, query }) => newest.pageOfAll((await browsers.list(user.sub)).map(toResource), query),
  });

const bytes = (count: number) =>
  z
    .base64url()
    .refine((text) => Buffer.from(text, 'base64url').length === count, `must be ${count} bytes in base64url`);

const register = ({ browsers }: Parts) =>
  route({
    method: 'post',
    path: '/push/subscriptions',
    summary:
      'Has a browser told: takes what `PushSubscription.toJSON()` gives. Whoever registers it last is told there.',
    role: 'member',
    body: z.strictObject({
      endpoint: z.url({ protocol: /^https$/ }).max(2_048),
      keys: z.strictObject({
        p256dh: bytes(65).refine(isPoint, 'must be a point on P-256'),
        auth: bytes(16),
      }),
      name: z.string().max(100).nullable().default(null).meta({ description: 'What you know it by.' }),
      expirationTime: z
        .number()
        .nullable()
        .optional()
        .meta({ description: 'Ignored: the push service tells its end.' }),
    }),
    responses: { 201: browserResource },
    async handle({ user, body: { endpoint, keys, name } }) {
      const browser = await browsers.register({ recipient: user.sub, endpoint, keys, name });
      return created(`/push/subscriptions/${browser._id}`, toResource(browser));
    },
  });

const remove = ({ browsers }: Parts) =>
  route({
    method: 'delete',
    path: '/push/subscriptions/:id',
    summary: 'Tells a browser nothing any more.',
    role: 'member',
    params: z.object({ id: z.uuid() }),
    responses: { 204: { description: 'It is gone.' } },
    problems: ['browser-not-found'],
    async handle({ user, params: { id } }) {
      if (!(await browsers.remove(user.sub, id))) throw problem('browser-not-found', { id });
      return noContent();
    },
  });
