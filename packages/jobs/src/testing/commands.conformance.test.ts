import { z } from 'zod';
import { done, fail } from '../define/outcome.ts';
import { gate } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { over, ship, type Twin, twins } from './twins-for-tests.ts';

describe.each(twins)('commands on %s', (_, open) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await open();
  });
  afterEach(() => twin.end());

  it('takes a command once by its id, and once by its unique key while it is unfinished', async () => {
    let runs = 0;
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async () => {
          runs++;
          return done();
        },
        { unique: { key: ({ order }) => String(order) } },
      ),
    ]);
    const runAt = new Date(twin.now().getTime() + 3_600_000);

    const first = await jobs.enqueue(ship, { order: 7 }, { id: 'a', runAt });
    const sameId = await jobs.enqueue(ship, { order: 7 }, { id: 'a' });
    const sameKey = await jobs.enqueue(ship, { order: 7 }, { id: 'b' });
    const otherKey = await jobs.enqueue(ship, { order: 8 }, { id: 'c', runAt });
    await jobs.runNow('a');
    await twin.ended('a');
    const afterwards = await jobs.enqueue(ship, { order: 7 }, { id: 'd', runAt });

    expect([first, sameId, sameKey, otherKey, afterwards].map(({ job, conflict }) => [job.id, conflict])).toEqual([
      ['a', false],
      ['a', true],
      ['a', true],
      ['c', false],
      ['d', false],
    ]);
    expect(runs).toBeGreaterThanOrEqual(1);
  });

  it('runs nothing before its time, and at once what is told to run now', async () => {
    const ran: string[] = [];
    const jobs = await twin.start([
      testJob('order.ship', async ({ jobId }) => {
        ran.push(jobId);
        return done();
      }),
    ]);
    const runAt = new Date(twin.now().getTime() + 86_400_000);

    await jobs.enqueue(ship, {}, { id: 'later', runAt });
    await jobs.enqueue(ship, {}, { id: 'tomorrow', runAt });
    const waiting = await jobs.find('later');
    const hurried = await jobs.runNow('later');
    const ended = await jobs.waitFor('later', 10);

    expect(waiting).toMatchObject({ state: 'scheduled', scheduledAt: runAt.toISOString(), startedAt: null });
    expect(hurried).toMatchObject({ state: 'available' });
    expect(ended).toMatchObject({ state: 'completed', attempt: 1 });
    expect(ran).toEqual(['later']);
    expect(await jobs.find('tomorrow')).toMatchObject({ state: 'scheduled' });
  });

  it('runs what is urgent before what is not', async () => {
    const ran: string[] = [];
    const hold = gate();
    const jobs = await twin.start([
      testJob('order.ship', async ({ jobId }) => {
        ran.push(jobId);
        if (jobId === 'first') await hold.promise;
        return done();
      }),
    ]);

    await jobs.enqueue(ship, {}, { id: 'first' });
    await twin.delivered();
    await jobs.enqueue(ship, {}, { id: 'low', lane: 'lo' });
    await jobs.enqueue(ship, {}, { id: 'high', lane: 'hi' });
    await twin.delivered();
    hold.resolve();
    await twin.ended('low');
    await twin.ended('high');

    expect(ran.filter((id) => id !== 'first')).toEqual(['high', 'low']);
  });

  it('ends a waiting job that is cancelled, and tells its onEnd', async () => {
    let runs = 0;
    const jobs = await twin.start([
      testJob('order.ship', async () => done({ result: ++runs }), {
        onEnd: (_job, end) => ({ events: [over(end.state)] }),
      }),
    ]);

    const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(twin.now().getTime() + 60_000) });
    const cancelled = await jobs.cancel(job.id);
    const again = await jobs.cancel(job.id);
    await twin.told();

    expect(cancelled).toMatchObject({ state: 'cancelled', message: 'cancelled before it ran', attempt: 0 });
    expect(again).toEqual(cancelled);
    expect(runs).toBe(0);
    expect(twin.announced).toMatchObject([{ id: `${job.id}:1:0`, data: { state: 'cancelled' } }]);
  });

  it('runs a failed job again under its id, with ids of their own for what is told then', async () => {
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async ({ meta, payload }) => {
          meta({ tries: 1 });
          return payload['mended'] || (await jobs.find('a')).tags.includes('never')
            ? done()
            : fail({ code: 'no-stock', message: 'none left' });
        },
        { onEnd: (_job, end) => ({ events: [over(end.state)] }) },
      ),
    ]);

    await jobs.enqueue(ship, {}, { id: 'a' });
    await twin.ended('a');
    const reopened = await jobs.retry('a');
    const again = await twin.ended('a');
    await twin.told();

    expect(['available', 'executing', 'failed']).toContain(reopened.state);
    expect(again).toMatchObject({ id: 'a', state: 'failed', attempt: 1, rootId: 'a' });
    expect(twin.announced.map(({ id }) => id)).toEqual(['a:1:0', 'a:2:0']);
    expect(await jobs.ledger()).toMatchObject([{ accepted: 1, failed: 1, imbalance: 0 }]);
  });

  it('brings the payload of an older version up to the handler', async () => {
    const old = z.object({ order: z.number() });
    const now = z.object({ order: z.number(), tenant: z.string() });
    const newer = {
      version: 2,
      payload: now,
      versions: { 1: old, 2: now },
      upcasts: { 1: (payload: object) => ({ ...payload, tenant: 'default' }) },
    };
    const seen: unknown[] = [];
    const before = await twin.start([testJob('order.ship', async () => done(), { contract: { payload: old } })]);
    const runAt = new Date(twin.now().getTime() + 1_000);
    const { job } = await before.enqueue(ship, { order: 7 }, { runAt });

    await twin.start([
      testJob(
        'order.ship',
        async ({ payload }) => {
          seen.push(payload);
          return done();
        },
        { contract: newer },
      ),
    ]);
    const ended = await twin.ended(job.id);

    expect(ended).toMatchObject({ state: 'completed', version: 1, payload: { order: 7 } });
    expect(seen).toEqual([{ order: 7, tenant: 'default' }]);
  });

  it('refuses with a code what the caller can mend', async () => {
    const payload = z.object({ order: z.number(), express: z.boolean().default(false) });
    const jobs = await twin.start([testJob('order.ship', async () => done(), { contract: { payload } })]);

    const { job } = await jobs.enqueue(ship, { order: 7 });
    await twin.ended(job.id);
    const refused = [
      jobs.enqueue(ship, { order: 'seven' }),
      jobs.enqueue(ship, { order: 7 }, { id: 'x'.repeat(201) }),
      jobs.enqueue({ name: 'order.unheard-of' }, {}),
      jobs.find('nobody'),
      jobs.retry(job.id),
      jobs.runNow(job.id),
    ];

    expect(job.payload).toEqual({ order: 7, express: false });
    expect((await Promise.allSettled(refused)).map((one) => one.status === 'rejected' && one.reason.code)).toEqual([
      'payload-invalid',
      'id-invalid',
      'job-name-unknown',
      'job-not-found',
      'job-state-conflict',
      'job-state-conflict',
    ]);
  });

  it('lists newest first, page by page, narrowed by what the jobs carry', async () => {
    const jobs = await twin.start([
      testJob('order.ship', async () => done()),
      testJob('order.pack', async () => done()),
    ]);
    const runAt = new Date(twin.now().getTime() + 3_600_000);
    for (const order of [1, 2, 3, 4, 5])
      await jobs.enqueue(ship, { order, box: { size: 'big' } }, { runAt, tags: [order % 2 ? 'odd' : 'even'] });
    await jobs.enqueue({ name: 'order.pack' }, {}, { runAt });

    const first = await jobs.list({ name: 'order.ship' }, { limit: 3 });
    const second = await jobs.list({ name: 'order.ship' }, { limit: 3, ...(first.next && { after: first.next }) });
    const narrowed = await jobs.list({ tag: 'odd', args: { order: '3', 'box.size': 'big' } }, { limit: 10 });

    const orders = (page: { items: { payload: unknown }[] }) =>
      page.items.map(({ payload }) => (payload as { order: number }).order);
    expect(new Set([...orders(first), ...orders(second)])).toEqual(new Set([1, 2, 3, 4, 5]));
    expect([orders(first).length, orders(second).length, second.next]).toEqual([3, 2, null]);
    expect(orders(narrowed)).toEqual([3]);
    expect(await jobs.counts({ name: 'order.ship' })).toMatchObject({ scheduled: 5, completed: 0 });
  });

  it('deletes what has ended, also from the ledger', async () => {
    const jobs = await twin.start([testJob('order.ship', async () => done())]);

    const { job } = await jobs.enqueue(ship, {});
    await twin.ended(job.id);
    await jobs.remove(job.id);

    await expect(jobs.find(job.id)).rejects.toMatchObject({ code: 'job-not-found' });
    expect(await jobs.ledger()).toMatchObject([{ accepted: 0, succeeded: 0, imbalance: 0 }]);
  });
});
