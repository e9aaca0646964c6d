import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import type { Facts } from '../domain/facts.ts';
import { incidentsOf } from '../domain/incidents.ts';
import { figuresOf } from '../domain/overview.ts';
import { type ServiceName, serviceNames } from '../domain/service-name.ts';
import { askAll } from './ask-all.ts';
import { lastHour } from './last-hour.ts';

/** How the cluster fares, on one page. */
export const overviewRoutes = (services: Services): readonly Route[] => [show(services)];

const figure = z.object({
  key: z.enum(['ended', 'failing', 'waiting', 'dead', 'claims', 'unsent']),
  value: z.number().nullable(),
  unit: z.enum(['per-minute', 'share', 'count', 'per-hour']),
  detail: z.string(),
  href: z.string(),
  points: z
    .array(z.number().nullable())
    .meta({ description: 'The last hour by the minute, where there is a history.' }),
});

const incident = z.object({
  id: z.string(),
  severity: z.enum(['alarm', 'warning']),
  title: z.string(),
  cause: z.string(),
  href: z.string(),
  remedy: z.object({ label: z.string(), path: z.string() }).nullable(),
});

const resource = z
  .object({
    at: z.iso.datetime(),
    services: z.array(
      z.object({ service: z.enum(serviceNames), ready: z.boolean(), reasons: z.array(z.string()), workers: z.int() }),
    ),
    figures: z.array(figure),
    incidents: z.array(incident).meta({ description: 'Alarms first.' }),
  })
  .meta({ id: 'Overview', description: 'How the cluster fares.' });

const show = (services: Services) => {
  const readHour = lastHour(services);
  return route({
    method: 'get',
    path: '/api/overview',
    tag: 'overview',
    summary:
      'Tells how the cluster fares: which services are ready, six numbers with their last hour, and what is wrong.',
    role: 'viewer',
    responses: { 200: resource },
    async handle({ header }) {
      const facts = await readFacts(services, readHour, header('authorization'));
      return {
        at: facts.at.toISOString(),
        services: facts.services.map(({ service, reasons }) => ({
          service,
          reasons,
          ready: reasons.length === 0,
          workers: facts.workers.filter((worker) => worker.service === service).length,
        })),
        figures: figuresOf(facts),
        incidents: incidentsOf(facts),
      };
    },
  });
};

type ReadHour = ReturnType<typeof lastHour>;

async function readFacts(services: Services, readHour: ReadHour, authorization: string | undefined): Promise<Facts> {
  const away = new Set<ServiceName>();
  const all = async <Item>(path: string, of: readonly ServiceName[] = serviceNames): Promise<Item[]> => {
    const asked = await askAll<{ items: object[] }>(services, path, authorization, of);
    for (const { service } of asked.away) away.add(service);
    return asked.answers.flatMap(({ service, body }) => body.items.map((item) => ({ service, ...item }) as Item));
  };
  const [states, queues, workers, ledger, breakers, deadLetters, pools] = await Promise.all([
    Promise.all(serviceNames.map(async (service) => ({ service, reasons: await services.troubles(service) }))),
    all<Facts['queues'][number]>('/queues'),
    all<Facts['workers'][number]>('/workers'),
    all<Facts['ledger'][number]>('/ledger'),
    all<Facts['breakers'][number]>('/breakers'),
    all<Facts['deadLetters'][number]>('/dead-letters'),
    all<Facts['pools'][number]>('/pools', ['campaign']),
  ]);
  const history = await readHour({ queues, pools }, authorization);
  const found = { queues, workers, ledger, breakers, deadLetters, pools, history };
  return { at: new Date(), services: states, away: [...away], ...found };
}
