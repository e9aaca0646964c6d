import { invalidInput, noContent, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { JobView, JobViews } from '../store/job-views.ts';

/** One person keeps at most so many. */
const mostViews = 50;

/** Filters of the job list that people keep under a name, each for themselves. */
export const jobViewRoutes = (views: JobViews): readonly Route[] => [list(views), save(views), remove(views)];

const filter = z
  .record(z.string().min(1).max(200), z.string().min(1).max(500))
  .refine((given) => Object.keys(given).length <= 20, 'holds more than 20 conditions')
  .meta({ description: 'What the job list is narrowed by, as in its address.', example: { state: 'failed' } });

const view = z
  .object({
    id: z.string(),
    name: z.string(),
    filter,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'JobView', description: 'A filter of the job list under a name.' });

const mostCharacters = 60;
const params = z.object({ name: z.string().trim().min(1) });

const list = (views: JobViews) =>
  route({
    method: 'get',
    path: '/api/job-views',
    tag: 'job views',
    summary: 'Lists the filters of the job list that the caller has kept, by their names.',
    role: 'viewer',
    responses: {
      200: z.object({ items: z.array(view), nextCursor: z.null() }).meta({ description: 'All of them.' }),
    },
    handle: async ({ user: { sub } }) => ({ items: (await views.of(sub)).map(toView), nextCursor: null }),
  });

const save = (views: JobViews) =>
  route({
    method: 'put',
    path: '/api/job-views/:name',
    tag: 'job views',
    summary: `Keeps a filter under a name, in the place of what had that name; at most ${mostViews}.`,
    role: 'viewer',
    params,
    body: z.object({ filter }),
    responses: { 200: view },
    problems: ['conflict'],
    async handle({ params: { name }, body: { filter }, user: { sub } }) {
      if (name.length > mostCharacters) throw invalidInput([tooLong]);
      const known = await views.of(sub);
      if (known.length >= mostViews && !known.some((view) => view.name === name)) {
        throw problem('conflict', { reason: `${mostViews} views are kept already; delete one first` });
      }
      return toView(await views.save({ sub, name, filter }));
    },
  });

const tooLong = { path: 'params.name', message: `is longer than ${mostCharacters} characters` };

const remove = (views: JobViews) =>
  route({
    method: 'delete',
    path: '/api/job-views/:name',
    tag: 'job views',
    summary: 'Forgets a view.',
    role: 'viewer',
    params,
    responses: { 204: { description: 'Forgotten.' } },
    problems: ['not-found'],
    async handle({ params: { name }, user: { sub } }) {
      if (!(await views.delete(sub, name))) throw problem('not-found', { path: `/api/job-views/${name}` });
      return noContent();
    },
  });

const toView = ({ _id, name, filter, createdAt, updatedAt }: JobView) => ({
  id: _id,
  name,
  filter,
  createdAt,
  updatedAt,
});
