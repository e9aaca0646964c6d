// waits: a look is made to fail slowly
import { setTimeout as delay } from 'node:timers/promises';
import type { Jobs, JobView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { pino } from 'pino';
import { JobFeed } from './job-feed.ts';

const job = (state: string): JobView =>
  ({ id: 'j1', state, progress: 0, message: null, updatedAt: '2026-01-01T00:00:00.000Z' }) as unknown as JobView;

/** A feed over what `list` gives, and what it has told. */
function feedOver(list: () => Promise<JobView[]>) {
  const jobs = { list: async () => ({ items: await list(), next: null }), find: async () => undefined };
  const feed = new JobFeed({ jobs: jobs as unknown as Jobs, log: pino({ level: 'silent' }) });
  const told: string[] = [];
  return { told, stop: feed.follow(({ state }) => told.push(state)) };
}

test('the first job of an empty database is told', async () => {
  let looks = 0;
  const { told, stop } = feedOver(async () => (++looks <= 2 ? [] : [job('completed')]));

  await until(() => told.length > 0);
  stop();

  expect(told).toEqual(['completed']);
});

test('after a look that failed slowly another follows soon', async () => {
  let looks = 0;
  const { told, stop } = feedOver(async () => {
    looks++;
    if (looks > 2) return [job(looks > 4 ? 'completed' : 'executing')];
    await delay(1_000);
    throw new Error('the database is away');
  });

  await until(() => told.length > 0);
  stop();

  expect(told).toEqual(['completed']);
});
