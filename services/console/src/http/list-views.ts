import { invalidInput, noContent, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { listNames } from '../domain/list-name.ts';
import type { ListView, ListViews } from '../store/list-views.ts';

/** One person keeps at most so many of a list. */
const mostViews = 50;

/** Filters of lists that people keep under a name, each for themselves. */
export const listViewRoutes = (views: ListViews): readonly Route[] => [list(views), save(views), remove(views)];

const filter = z
  .record(z.string().min(1).max(200), z.string().min(1).max(500))
  .refine((given) => Object.keys(given).length <= 20, 'holds more than 20 conditions')
  .meta({ description: 'What the list is narrowed by, as in its address.', example: { state: 'failed' } });

const view = z
  .object({
    id: z.string(),
    name: z.string(),
    filter,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ListView', description: 'A filter of a list under a name.' });

const mostCharacters = 60;
const listParams = z.object({ list: z.enum(listNames) });
const viewParams = listParams.extend({ name: z.string().trim().min(1) });

const list = (views: ListViews) =>
  route({
    method: 'get',
    path: '/api/views/:list',
    tag: 'views',
    summary: 'Lists the filters of a list that the caller has kept, by their names.',
    role: 'viewer',
    params: listParams,
    responses: {
      200: z.object({ items: z.array(view), nextCursor: z.null() }).meta({ description: 'All of them.' }),
    },
    handle: async ({ params: { list }, user: { sub } }) => ({
      items: (await views.of({ sub, list })).map(toView),
      nextCursor: null,
    }),
  });

const save = (views: ListViews) =>
  route({
    method: 'put',
    path: '/api/views/:list/:name',
    tag: 'views',
    summary: `Keeps a filter under a name, in the place of what had that name; at most ${mostViews}.`,
    role: 'viewer',
    params: viewParams,
    body: z.object({ filter }),
    responses: { 200: view },
    problems: ['conflict'],
    async handle({ params: { list, name }, body: { filter }, user: { sub } }) {
      if (name.length > mostCharacters) throw invalidInput([tooLong]);
      const known = await views.of({ sub, list });
      if (known.length >= mostViews && !known.some((view) => view.name === name)) {
        throw problem('conflict', { reason: `${mostViews} views are kept already; delete one first` });
      }
      return toView(await views.save({ sub, list, name, filter }));
    },
  });

const tooLong = { path: 'params.name', message: `is longer than ${mostCharacters} characters` };

const remove = (views: ListViews) =>
  route({
    method: 'delete',
    path: '/api/views/:list/:name',
    tag: 'views',
    summary: 'Forgets a view.',
    role: 'viewer',
    params: viewParams,
    responses: { 204: { description: 'Forgotten.' } },
    problems: ['not-found'],
    async handle({ params: { list, name }, user: { sub } }) {
      if (!(await views.delete({ sub, list }, name)))
        throw problem('not-found', { path: `/api/views/${list}/${name}` });
      return noContent();
    },
  });

const toView = ({ _id, name, filter, createdAt, updatedAt }: ListView) => ({
  id: _id,
  name,
  filter,
  createdAt,
  updatedAt,
});
