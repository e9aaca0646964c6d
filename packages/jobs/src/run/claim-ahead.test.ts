import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming, testJob } from '../under-test/test-job.ts';
import { ClaimAhead } from './claim-ahead.ts';

describe('a rush', () => {
  const LOOK_MS = 5;
  let changes: boolean[];
  let ahead: ClaimAhead;
  beforeEach(() => {
    changes = [];
    ahead = new ClaimAhead(() => void changes.push(ahead.beyond(1) > 0), LOOK_MS);
  });
  afterEach(() => ahead.stop());
  const work = (ms: number, slots = 1) => {
    ahead.full(slots);
    ahead.ran(ms);
  };

  test('begins while all slots are taken by short runs, and ends by itself', async () => {
    await until(() => {
      work(1);
      return changes.length === 1;
    });
    expect([changes, ahead.beyond(10)]).toEqual([[true], 30]);
    await until(() => changes.length === 2);
    expect([changes, ahead.beyond(10)]).toEqual([[true, false], 0]);
  });

  test.each([
    ['runs are long', () => work(60)],
    ['no run comes back', () => ahead.full(1)],
    ['fewer runs come back than there are slots', () => work(1, 1_000_000)],
    ['slots are free', () => ahead.ran(1)],
  ])('does not begin while %s', async (_, happens) => {
    const begunAt = Date.now();
    await until(() => {
      happens();
      return Date.now() - begunAt > 20 * LOOK_MS;
    });
    expect(changes).toEqual([]);
  });

  test('does not begin for what has run before all slots were taken', async () => {
    for (let run = 0; run < 1_000; run++) ahead.ran(1);
    const begunAt = Date.now();
    await until(() => {
      ahead.full(1);
      return Date.now() - begunAt > 20 * LOOK_MS;
    });
    expect(changes).toEqual([]);
  });

  test('outlasts runs of up to twice the length that it begins with', async () => {
    await until(() => {
      work(1);
      return changes.length === 1;
    });
    const begunAt = Date.now();
    await until(() => {
      work(80);
      return Date.now() - begunAt > 20 * LOOK_MS;
    });
    expect(changes).toEqual([true]);
    await until(() => {
      work(101);
      return changes.length === 2;
    });
  });

  test('ends at once when a claim was in vain, and none begins soon', async () => {
    await until(() => {
      work(1);
      return changes.length === 1;
    });
    ahead.inVain();
    const endedAt = Date.now();
    await until(() => {
      work(1);
      return Date.now() - endedAt > 20 * LOOK_MS;
    });
    expect(changes).toEqual([true, false]);
  });
});

describe('a worker in a rush', () => {
  let world: World;
  beforeEach(async () => {
    world = await jobsWorld();
  });
  afterEach(() => world.end());

  /** Jobs that return at once until they are to be long; `most` ran at once. */
  function shipping() {
    const isOpen = gate();
    const state = { isLong: false, held: 0, now: 0, most: 0, ended: [] as string[] };
    const definition = testJob('order.ship', async ({ jobId }) => {
      state.most = Math.max(state.most, ++state.now);
      if (state.isLong) state.held++;
      await (state.isLong ? isOpen.promise : new Promise(setImmediate));
      state.now--;
      state.ended.push(jobId);
      return done();
    });
    return { definition, state, open: isOpen.resolve };
  }
  const SLOTS = 2;
  const options = { concurrency: SLOTS, timing: { ...shortTiming, leaseMs: 60_000 } };
  const executing = () => world.collections.jobs.countDocuments({ state: 'executing' });
  const commandTo = (jobs: Jobs) => (count: number) =>
    Promise.all(Array.from({ length: count }, () => jobs.enqueue({ name: 'order.ship' }, {})));
  /** Commands jobs until more are claimed than slots and ends under way account for, then has the next ones take long. */
  async function rush(jobs: Jobs, state: { isLong: boolean }): Promise<void> {
    const command = commandTo(jobs);
    await until(async () => (await command(50)) && (await executing()) > 2 * SLOTS, { withinMs: 30_000, everyMs: 1 });
    state.isLong = true;
    await command(50);
  }

  test('claims ahead and runs no more at once than it has slots', async () => {
    const { definition, state } = shipping();
    const jobs = await world.start([definition], options);
    const most = { claimed: 0 };
    let sent = 0;
    await until(
      async () => {
        await commandTo(jobs)(50);
        sent += 50;
        most.claimed = Math.max(most.claimed, await executing());
        return most.claimed > 2 * SLOTS;
      },
      { withinMs: 30_000, everyMs: 1 },
    );
    await until(() => state.ended.length === sent, { withinMs: 30_000 });

    expect(state.most).toBe(SLOTS);
    expect(new Set(state.ended).size).toBe(sent);
    await until(async () => (await jobs.ledger())[0]?.succeeded === sent);
    expect((await jobs.ledger())[0]).toMatchObject({ accepted: sent, imbalance: 0 });
    expect(await world.collections.jobs.distinct('attempt')).toEqual([1]);
    await world.untilEmpty();
  });

  test('gives back what it has claimed ahead of runs that take long, and another worker runs it', async () => {
    const { definition, state, open } = shipping();
    const jobs = await world.start([definition], options);
    await rush(jobs, state);
    await until(() => state.held === SLOTS);
    await until(async () => (await executing()) === SLOTS, { withinMs: 10_000 });
    const held = await world.collections.jobs.distinct('_id', { state: 'executing' });

    const helper = shipping();
    const other = await world.start([helper.definition], options);
    await until(
      async () => (await other.counts()).completed + SLOTS === (await world.collections.jobs.countDocuments()),
      {
        withinMs: 30_000,
      },
    );
    expect(state.ended).not.toEqual(expect.arrayContaining(held));
    open();
    await until(async () => (await executing()) === 0);
    expect(await world.collections.jobs.distinct('attempt')).toEqual([1]);
    await world.untilEmpty();
  });

  test('whose queue is paused begins nothing of what it has claimed ahead', async () => {
    const { definition, state, open } = shipping();
    const jobs = await world.start([definition], options);
    await rush(jobs, state);
    await until(() => state.held === SLOTS);
    const ended = state.ended.length;
    await jobs.queueDesk.pause('orders.main', { by: 'ada' });
    open();

    await until(async () => (await executing()) === 0);
    expect(state.ended.length).toBe(ended + SLOTS);
    expect(await world.collections.jobs.distinct('attempt', { state: 'available' })).toEqual([0]);
    await jobs.queueDesk.resume('orders.main', { by: 'ada' });
    await until(async () => (await jobs.counts()).available === 0, { withinMs: 30_000 });
    await world.untilEmpty();
  });

  test('that is stopped gives back what it has claimed ahead, and spends no attempt of it', async () => {
    const { definition, state } = shipping();
    const jobs = await world.start([definition], { ...options, drainMs: 1 });
    await rush(jobs, state);
    const claimed = { state: { $in: ['available' as const, 'executing' as const] }, fence: { $gt: 0 } };
    await until(async () => (await world.collections.jobs.countDocuments(claimed)) > SLOTS);
    await jobs.stop();

    expect(await executing()).toBe(0);
    expect(await world.collections.jobs.distinct('attempt', { state: 'available' })).toEqual([0]);
    expect(await world.collections.jobs.countDocuments({ state: 'available', fence: { $gt: 0 } })).toBeGreaterThan(0);
  });
});
