import { jobContract } from '@millrace/contracts';
import {
  breaker,
  cancel,
  defineJob,
  defineSchedule,
  done,
  fail,
  type Jobs,
  type JobView,
  type Outcome,
  type Run,
} from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { z } from 'zod';
import { forUser } from '../for-user.ts';
import { startForTest } from '../hello-service.ts';
import { mintLocalToken } from '../local-key.ts';
import { accepted } from '../reply.ts';
import type { Role } from '../role.ts';
import { route } from '../route.ts';

const grind = jobContract({
  name: 'flour.grind',
  queue: 'flour.default',
  summary: 'Grinds.',
  maxAttempts: 1,
  payload: z.object({
    sacks: z.int().positive(),
    farm: z.string().default('north'),
    mood: z.enum(['fine', 'broken', 'slow', 'wet', 'vague']).default('fine'),
  }),
});

const sell = jobContract({
  name: 'flour.sell',
  queue: 'flour.default',
  summary: 'Sells a sack, each once.',
  payload: z.object({ sack: z.string() }),
});

const morning = defineSchedule({ name: 'flour.morning', cron: '0 4 1 1 *', job: grind, payload: { sacks: 1 } });

/** A mill: a service of one job. `slow` runs go on until they are cancelled, `broken` ones fail for good, `wet` ones need the river, `vague` ones sell and do not know it. */
const grinder = defineJob(grind, { run });
const seller = defineJob(sell, {
  unique: { key: ({ sack }) => sack, onConflict: 'reject', windowMs: 60_000 },
  run: async () => done(),
});
const river = breaker('river', { openMs: 300 });

async function run({ payload, signal, progress, ...tools }: Run<z.output<typeof grind.payload>>): Promise<Outcome> {
  if (payload.mood === 'broken') return fail({ code: 'stone-broken', message: 'it broke', remedy: 'mend it' });
  if (payload.mood === 'wet') return tools.through(river, () => done());
  if (payload.mood === 'vague') return done({ result: { price: await tools.once('sell', lost) } });
  if (payload.mood === 'fine') {
    for (let sack = 1; sack <= Math.min(payload.sacks, 10); sack++) tools.log.info({ sack }, 'sack ground');
    tools.log.warn('stone is warm');
    return done({ result: { flour: payload.sacks * 50 } });
  }
  progress(0.5, 'half ground');
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return cancel('told to stop');
}

const lost = () => {
  throw new Error('the buyer hung up');
};

const order = (jobs: Jobs) =>
  route({
    method: 'post',
    path: '/orders',
    summary: 'Orders flour.',
    role: 'member',
    body: z.object({ sacks: z.int() }),
    responses: { 202: z.unknown() },
    async handle({ body, user, commandId }) {
      const { job } = await jobs.enqueue(grind, body, { id: commandId, ...forUser(user) });
      return accepted(`/jobs/${job.id}`, { job });
    },
  });

/** Grinds a sack for each mood, together. */
const harvest = (jobs: Jobs) =>
  route({
    method: 'post',
    path: '/harvests',
    summary: 'Grinds a harvest.',
    role: 'member',
    body: z.object({ moods: z.array(z.string()) }),
    responses: { 202: z.unknown() },
    async handle({ body, user, commandId }) {
      const sacks = body.moods.map((mood) => ({ job: grind, payload: { sacks: 1, mood } }));
      const { batch } = await jobs.batch({ id: commandId, name: 'harvest', jobs: sacks, ...forUser(user) });
      return accepted(`/job-batches/${batch.id}`, batch);
    },
  });

/** The mill and how to speak to it; for the tests of the admin routes. */
export async function startFlour() {
  const { url } = await startForTest('flour', () => ({
    jobs: [grinder, seller],
    schedules: [morning],
    routes: ({ jobs }) => [order(jobs), harvest(jobs)],
  }));
  await until(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 20_000, message: 'ready' });
  const ask = asker(url);
  return {
    url,
    ask,
    command: async (payload: object, more: object = {}): Promise<JobView> =>
      (await ask('POST', '/jobs', { body: { name: 'flour.grind', payload, ...more } })).body['job'] as JobView,
    finished: async (id: string) => (await ask('GET', `/jobs/${id}?wait=10`)).body as unknown as JobView,
  };
}

type Wish = { body?: unknown; role?: Role; sub?: string; headers?: Record<string, string> };

const asker =
  (url: string) =>
  async (method: string, path: string, { body, role = 'operator', sub = role, headers: more = {} }: Wish = {}) => {
    const headers = {
      ...more,
      authorization: `Bearer ${await mintLocalToken({ role, sub })}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const sent = body !== undefined && { body: JSON.stringify(body) };
    const answer = await fetch(url + path, { method, headers, ...sent });
    const text = await answer.text();
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      body: (text ? JSON.parse(text) : undefined) as Record<string, unknown>,
    };
  };
