import type { BreakerView, Jobs } from '@millrace/jobs';
import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { BudgetRow } from '../store/provider-budget.ts';

/** A provider as it is watched: its budget over all replicas. */
export type WatchedProvider = {
  readonly url: string;
  readonly isPublic: boolean;
  readonly budget: {
    readonly name: string;
    readonly intervalMs: number;
    readonly waiting: number;
    read(): Promise<BudgetRow>;
  };
};

type Deps = {
  readonly providers: readonly WatchedProvider[];
  readonly jobs: Pick<Jobs, 'breakers' | 'queue'>;
  readonly imports: { countCompleted(): Promise<number> };
};

const time = z.iso.datetime();

const provider = z.object({
  id: z.string(),
  name: z.string(),
  url: z.url(),
  isPublic: z.boolean().meta({ description: 'The service that everybody shares; else a mirror or a simulator.' }),
  budget: z.object({
    intervalMs: z.int().meta({ description: 'From an answer until the next request, over all replicas.' }),
    isBusy: z.boolean().meta({ description: 'A request is under way.' }),
    freeAt: time.meta({ description: 'Nobody asks before.' }),
    waitingHere: z.int().meta({ description: 'Requests that wait for their turn in the process that answers.' }),
    requests: z.int(),
    failures: z.int(),
    failuresInARow: z.int(),
    lastAnswerAt: time.nullable(),
  }),
  breaker: z.object({
    state: z.enum(['closed', 'open', 'half-open']),
    openUntil: time.nullable(),
    recentFailures: z.int(),
    openings: z.int(),
  }),
  createdAt: time,
  updatedAt: time,
});

const providerReport = provider
  .extend({
    queue: z.object({
      waiting: z.int(),
      running: z.int(),
      requestsPerImport: z.number(),
      etaMs: z.int().meta({ description: 'About when what waits and runs now will be done.' }),
    }),
    others: z.array(provider).meta({ description: 'Providers that are asked for matches.' }),
  })
  .meta({ id: 'Provider', description: 'The provider of releases, and those for matches.' });

const queueName = 'music.import';

export const providerRoutes = (deps: Deps): readonly Route[] => [
  route({
    method: 'get',
    path: '/provider',
    summary:
      'Shows how the music providers fare: the budget that all replicas share, the breaker, and when the queue will be done.',
    role: 'any',
    responses: { 200: providerReport },
    async handle() {
      const breakers = await deps.jobs.breakers.list();
      const [first, ...others] = await Promise.all(deps.providers.map((one) => resourceOf(one, breakers)));
      if (!first) throw new Error('no provider is configured');
      return { ...first, queue: await queueOf(deps, first.budget), others };
    },
  }),
];

async function resourceOf(
  { url, isPublic, budget }: WatchedProvider,
  breakers: readonly BreakerView[],
): Promise<z.input<typeof provider>> {
  const row = await budget.read();
  const breaker = breakers.find(({ name }) => name === budget.name);
  return {
    id: budget.name,
    name: budget.name,
    url,
    isPublic,
    budget: {
      intervalMs: budget.intervalMs,
      isBusy: row.holder !== null,
      freeAt: row.freeAt.toISOString(),
      waitingHere: budget.waiting,
      requests: row.requests,
      failures: row.failures,
      failuresInARow: row.failuresInARow,
      lastAnswerAt: row.lastAnswerAt?.toISOString() ?? null,
    },
    breaker: {
      state: breaker?.state ?? 'closed',
      openUntil: breaker?.openUntil ?? null,
      recentFailures: breaker?.recentFailures ?? 0,
      openings: breaker?.openings ?? 0,
    },
    createdAt: row.createdAt.toISOString(),
    updatedAt: (row.lastAnswerAt ?? row.createdAt).toISOString(),
  };
}

/** An estimate: what an import has cost so far on average, at the pace of the budget. */
async function queueOf({ jobs, imports }: Deps, { requests, intervalMs }: z.input<typeof provider>['budget']) {
  const [{ ready, later, running }, completed] = await Promise.all([jobs.queue(queueName), imports.countCompleted()]);
  const requestsPerImport = completed > 0 ? Math.max(1, requests / completed) : 1;
  const waiting = ready + later;
  return {
    waiting,
    running,
    requestsPerImport,
    etaMs: Math.round((waiting + running) * requestsPerImport * intervalMs),
  };
}
