import type { Jobs, VersionView } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** Which version of the service has run since when. */
export const versionRoutes = (jobs: Jobs): readonly Route[] => [list(jobs)];

const resource = z
  .object({
    id: z.string(),
    version: z.string().meta({ description: 'VERSION of its processes.' }),
    createdAt: z.iso.datetime().meta({ description: 'When the first process of it began.' }),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ServiceVersion', description: 'A version that came in the place of another.' });

const resourceOf = ({ id, version, at }: VersionView) => ({ id, version, createdAt: at, updatedAt: at });

const oldest = paging('versions', [
  ['createdAt', 1],
  ['id', 1],
]);

const list = ({ versions }: Jobs) =>
  route({
    method: 'get',
    path: '/versions',
    summary:
      'Lists the versions that have run, oldest first, at most the latest 100: deployments as the service sees them.',
    role: 'viewer',
    query: z.object({ from: z.iso.datetime({ offset: true }).optional(), ...wholeListQuery }),
    responses: { 200: pageOf(resource) },
    handle: async ({ query: { from, ...wish } }) =>
      oldest.pageOfAll((await versions.since(from ? new Date(from) : undefined)).map(resourceOf), wish),
  });
