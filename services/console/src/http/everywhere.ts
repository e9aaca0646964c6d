import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import { type ServiceName, serviceNames } from '../domain/service-name.ts';
import { type Asked, askAll } from './ask-all.ts';
import { keptAnswers } from './kept-answers.ts';

/** Lists that each service holds a part of, as one. */
export const everywhereRoutes = (services: Services): readonly Route[] => [list(services), jobCounts(services)];

const lists = ['queues', 'workers', 'schedules', 'ledger', 'dead-letters', 'limits', 'breakers'] as const;

const away = z.array(z.object({ service: z.enum(serviceNames), reason: z.string() })).meta({
  description: 'Services whose part is missing, and why.',
});

const list = (services: Services) =>
  route({
    method: 'get',
    path: '/api/everywhere/:list',
    tag: 'everywhere',
    summary: 'Lists what all services hold of one kind, each item with its service. Parameters go to each of them.',
    role: 'viewer',
    params: z.object({ list: z.enum(lists) }),
    query: z.looseObject({}),
    responses: {
      200: z
        .object({ items: z.array(z.looseObject({ service: z.enum(serviceNames) })), away, nextCursor: z.null() })
        .meta({ description: 'All of them.' }),
    },
    async handle({ params, query, header }) {
      const path = `/${params.list}?${new URLSearchParams(query as Record<string, string>)}`;
      const { answers, away } = await askAll<{ items: object[] }>(services, path, header('authorization'));
      const items = answers.flatMap(({ service, body }) => body.items.map((item) => ({ service, ...item })));
      return { items, away, nextCursor: null };
    },
  });

type JobCounts = Pick<Asked<unknown>, 'away'> & {
  readonly counts: Readonly<Record<string, number>>;
  readonly byService: Readonly<Partial<Record<ServiceName, number>>>;
};

/** Of very many jobs a count takes seconds, and every page of jobs asks for it at all news: a tenth of the time may be spent on it. What lacks a service is no count to keep. */
const keepMs = ({ away }: JobCounts, tookMs: number): number => (away.length > 0 ? 0 : Math.min(60_000, tookMs * 10));

const jobCounts = (services: Services) => {
  const kept = keptAnswers<JobCounts>(keepMs);
  return route({
    method: 'get',
    path: '/api/everywhere/jobs/counts',
    tag: 'everywhere',
    summary:
      'Counts jobs of all services by state, narrowed like the list; and how many of them each service has. Counts that take long are up to a minute old.',
    role: 'viewer',
    query: z.looseObject({ service: z.enum(serviceNames).optional() }),
    responses: {
      200: z
        .object({
          counts: z.record(z.string(), z.int()),
          byService: z.partialRecord(z.enum(serviceNames), z.int()),
          away,
        })
        .meta({ description: 'The sums.' }),
    },
    handle({ query: { service, ...filter }, header }) {
      const path = `/jobs/counts?${new URLSearchParams(filter as Record<string, string>)}`;
      const of = service ? [service] : serviceNames;
      return kept(`${of} ${path}`, async () =>
        summed(await askAll<Record<string, number>>(services, path, header('authorization'), of)),
      );
    },
  });
};

function summed({ answers, away }: Asked<Record<string, number>>): JobCounts {
  const counts: Record<string, number> = {};
  for (const { body } of answers)
    for (const [state, count] of Object.entries(body)) counts[state] = (counts[state] ?? 0) + count;
  const byService = Object.fromEntries(answers.map(({ service, body }) => [service, sum(Object.values(body))]));
  return { counts, byService, away };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
