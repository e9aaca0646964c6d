import { type Route, route, streamed } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import { listNames } from '../domain/list-name.ts';
import { serviceNames } from '../domain/service-name.ts';
import { csvOf, jsonOf } from './list-files.ts';
import { pagesOf } from './list-pages.ts';

/** A file holds at most so many items. */
const mostItems = 10_000;

/** The lists as files. */
export const exportRoutes = (services: Services): readonly Route[] => [exportList(services)];

const limit = z
  .string()
  .regex(/^[1-9]\d{0,4}$/)
  .transform(Number)
  .refine((count) => count <= mostItems, `must be a whole number from 1 to ${mostItems}`)
  .default(mostItems)
  .meta({ description: `At most so many, 1 to ${mostItems}.`, example: '100' });

const exportList = (services: Services) =>
  route({
    method: 'get',
    path: '/api/everywhere/:list/export',
    tag: 'everywhere',
    summary:
      'Sends a list as a file, in its order: as JSON, whole; as CSV, without payloads, results and bodies. A file that breaks off is no file: a service that cannot be asked ends it.',
    role: 'viewer',
    params: z.object({ list: z.enum(listNames) }),
    query: z.looseObject({ format: z.enum(['csv', 'json']), limit, service: z.enum(serviceNames).optional() }),
    responses: { 200: { description: 'The file.', mediaType: 'text/csv' } },
    problems: ['service-unavailable'],
    async handle({ params: { list }, query: { format, limit, service, ...filter }, header }) {
      const at = new Date();
      const wish = { filter: filter as Record<string, string>, service, authorization: header('authorization') };
      const pages = pagesOf(services, list, wish);
      // Read before the answer begins, so that a service that is away is told as such.
      const first = await pages.next();
      const items = itemsFrom(first.done ? [] : first.value, pages, limit);
      return streamed(format === 'csv' ? csvOf(list, items) : jsonOf(items), headersOf(list, format, at));
    },
  });

type Page = readonly Readonly<Record<string, unknown>>[];

async function* itemsFrom(first: Page, others: AsyncGenerator<Page>, limit: number) {
  let left = limit;
  yield* first.slice(0, left);
  left -= first.length;
  if (left <= 0) return;
  for await (const page of others) {
    yield* page.slice(0, left);
    left -= page.length;
    if (left <= 0) return;
  }
}

const headersOf = (list: string, format: 'csv' | 'json', at: Date) => ({
  'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
  'Content-Disposition': `attachment; filename="${list}-${at.toISOString().slice(0, 19).replaceAll(':', '')}.${format}"`,
  'Cache-Control': 'no-store',
});
