import { problem, type Route, route, streamed } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import { serviceNames } from '../domain/service-name.ts';
import { csvOf, jsonOf } from './job-files.ts';
import { beginning, type JobOfService, type Places, readJobs } from './read-jobs.ts';

/** A file holds at most so many jobs. */
const mostJobs = 10_000;
const pageSize = 500;

/** The jobs of the list as a file. */
export const exportJobsRoutes = (services: Services): readonly Route[] => [exportJobs(services)];

const limit = z
  .string()
  .regex(/^[1-9]\d{0,4}$/)
  .transform(Number)
  .refine((count) => count <= mostJobs, `must be a whole number from 1 to ${mostJobs}`)
  .default(mostJobs)
  .meta({ description: `At most so many, 1 to ${mostJobs}.`, example: '100' });

const exportJobs = (services: Services) =>
  route({
    method: 'get',
    path: '/api/everywhere/jobs/export',
    tag: 'everywhere',
    summary:
      'Sends the jobs of the list as a file, newest first: as JSON, whole; as CSV, without payloads and results. A file that breaks off is no file: a service that cannot be asked ends it.',
    role: 'viewer',
    query: z.looseObject({ format: z.enum(['csv', 'json']), limit, service: z.enum(serviceNames).optional() }),
    responses: { 200: { description: 'The file.', mediaType: 'text/csv' } },
    problems: ['service-unavailable'],
    async handle({ query: { format, limit, service, ...filter }, header }) {
      const at = new Date();
      const to = typeof filter['to'] === 'string' ? filter['to'] : at.toISOString();
      const wish = { filter: { ...filter, to } as Record<string, string>, authorization: header('authorization') };
      const read = (places: Places) => wholePage(services, places, wish);
      // Read before the answer begins, so that what is wrong with the filter is told as such.
      const jobs = jobsFrom(await read(beginning(service)), read, limit);
      return streamed(format === 'csv' ? csvOf(jobs) : jsonOf(jobs), headersOf(format, at));
    },
  });

type Page = { readonly items: readonly JobOfService[]; readonly places: Places | undefined };

async function wholePage(
  services: Services,
  places: Places,
  wish: { filter: Record<string, string>; authorization: string | undefined },
): Promise<Page> {
  const { away, ...page } = await readJobs(services, places, { ...wish, limit: pageSize });
  const [first] = away;
  if (first) throw problem('service-unavailable', { service: first.service }, { cause: new Error(first.reason) });
  return page;
}

async function* jobsFrom(first: Page, read: (places: Places) => Promise<Page>, limit: number) {
  let left = limit;
  for (let page = first; ; ) {
    yield* page.items.slice(0, left);
    left -= page.items.length;
    if (left <= 0 || !page.places) return;
    page = await read(page.places);
  }
}

const headersOf = (format: 'csv' | 'json', at: Date) => ({
  'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
  'Content-Disposition': `attachment; filename="jobs-${at.toISOString().slice(0, 19).replaceAll(':', '')}.${format}"`,
  'Cache-Control': 'no-store',
});
