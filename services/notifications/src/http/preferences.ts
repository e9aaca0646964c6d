import { invalidInput, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { channels, sentChannels } from '../domain/channel.ts';
import { mandatory, mutedAgainstRule, type Person, type PreferencesChange, topics } from '../domain/preferences.ts';
import { digestFrequencies } from '../domain/zoned-time.ts';
import type { People } from '../store/people.ts';
import { locale } from './locale-tag.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day such as 22:00');
const address = z.url({ protocol: /^https?$/ }).max(2_048);
const switches = z.strictObject(Object.fromEntries(channels.map((channel) => [channel, z.boolean().optional()])));
const switched = z.object(Object.fromEntries(channels.map((channel) => [channel, z.boolean()])));

const isTimeZone = (timeZone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
};

const settings = {
  locale,
  timeZone: z.string().max(64).refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin'),
  quietHours: z.strictObject({ from: time, to: time }).nullable(),
  digest: z.enum(digestFrequencies),
  digestAt: time,
  escalation: z.strictObject({ afterMinutes: z.int().min(1).max(10_080), channel: z.enum(sentChannels) }).nullable(),
};

const wish = z.strictObject({
  contacts: z
    .strictObject({
      email: z.email().max(320).nullable().optional(),
      slack: address.nullable().optional(),
      webhook: address.nullable().optional(),
    })
    .optional(),
  channels: z.strictObject(Object.fromEntries(topics.map((topic) => [topic, switches.optional()]))).optional(),
  locale: settings.locale.optional(),
  timeZone: settings.timeZone.optional(),
  quietHours: settings.quietHours.optional(),
  digest: settings.digest.optional(),
  digestAt: settings.digestAt.optional(),
  escalation: settings.escalation.optional(),
  ...Object.fromEntries(
    ['id', 'mandatory', 'webhookSecret', 'createdAt', 'updatedAt'].map((key) => [
      key,
      z.unknown().optional().meta({ description: 'Read only; ignored.' }),
    ]),
  ),
});

const preferencesResource = z
  .object({
    id: z.string(),
    contacts: z.object({ email: z.string().nullable(), slack: z.string().nullable(), webhook: z.string().nullable() }),
    channels: z.object(Object.fromEntries(topics.map((topic) => [topic, switched]))),
    mandatory: z.array(z.object({ topic: z.enum(topics), channel: z.enum(channels) })),
    ...settings,
    webhookSecret: z.string().meta({ description: 'Verifies webhooks, by Standard Webhooks.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Preferences', description: 'How somebody wants to hear of things.' });

/** One's own preferences; nobody sees another's. */
export const preferenceRoutes = (people: People): Route[] => [
  route({
    method: 'get',
    path: '/preferences',
    summary: 'Shows how you are told: addresses, switches, quiet hours, digests.',
    role: 'any',
    responses: { 200: preferencesResource },
    handle: async ({ user }) => toResource(await people.known(user.sub)),
  }),
  route({
    method: 'put',
    path: '/preferences',
    summary: 'Changes how you are told; what is left out stays as it is. Takes back what GET gave.',
    role: 'member',
    body: wish,
    responses: { 200: preferencesResource },
    async handle({ user, body }) {
      const change: PreferencesChange = body;
      const muted = mutedAgainstRule(change);
      if (muted.length > 0) {
        const message = 'cannot be switched off: a failure for good is always told';
        throw invalidInput(muted.map(([topic, channel]) => ({ path: `body.channels.${topic}.${channel}`, message })));
      }
      return toResource(await people.change(user.sub, change));
    },
  }),
  route({
    method: 'post',
    path: '/preferences/rotate-secret',
    summary: 'Makes a new secret for your webhooks; for a day they are signed by the old one, too.',
    role: 'member',
    responses: { 200: preferencesResource },
    handle: async ({ user }) => toResource(await people.rotateSecret(user.sub)),
  }),
];

function toResource(person: Person) {
  const { _id: id, browsers: _, secrets, createdAt, updatedAt, ...preferences } = person;
  return {
    id,
    ...preferences,
    mandatory: mandatory.map(([topic, channel]) => ({ topic, channel })),
    webhookSecret: secrets[0]?.secret ?? '',
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
