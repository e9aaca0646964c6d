import { cancel, discard, done, fail, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { testJob } from '../under-test/test-job.ts';
import { over, ship, type Twin, twins } from './twins-for-tests.ts';

class Throttled extends Error {
  override readonly name = 'Throttled';
}

describe.each(twins)('the run of a job on %s', (_, open) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await open();
  });
  afterEach(() => twin.end());

  it('ends a job as its handler says, in one attempt', async () => {
    const jobs = await twin.start([
      testJob('order.done', async () => done({ result: { parcels: 2 } })),
      testJob('order.fail', async () => fail({ code: 'order-unknown', message: 'no order 7', remedy: 'create it' })),
      testJob('order.discard', async () => discard('nothing to do')),
      testJob('order.cancel', async () => cancel('nobody wants it')),
    ]);

    const ids = [];
    for (const name of ['order.done', 'order.fail', 'order.discard', 'order.cancel'])
      ids.push((await jobs.enqueue({ name }, {})).job.id);
    const ended = [];
    for (const id of ids) ended.push(await twin.ended(id));

    expect(ended).toMatchObject([
      { state: 'completed', attempt: 1, result: { parcels: 2 }, progress: 1, message: null, errors: [] },
      { state: 'failed', attempt: 1, errors: [{ code: 'order-unknown', message: 'no order 7', remedy: 'create it' }] },
      { state: 'discarded', attempt: 1, message: 'nothing to do', errors: [] },
      { state: 'cancelled', attempt: 1, message: 'nobody wants it', errors: [] },
    ]);
    expect(await jobs.counts()).toMatchObject({ completed: 1, failed: 1, discarded: 1, cancelled: 1, executing: 0 });
  });

  it('retries by the rule of the error class, after its delay, until the class has spent its attempts', async () => {
    const starts: number[] = [];
    const delaysMs = [500, 750];
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async () => {
          starts.push(twin.now().getTime());
          throw new Throttled('too many at once');
        },
        { retry: [on(Throttled, (failures) => delaysMs[failures - 1] ?? 0, { max: 3 })] },
      ),
    ]);

    const { job } = await jobs.enqueue(ship, {});
    const ended = await twin.ended(job.id);

    expect(ended).toMatchObject({
      state: 'failed',
      attempt: 3,
      errors: [1, 2, 3].map((attempt) => ({ attempt, class: 'Throttled', code: 'throttled' })),
    });
    const [first = 0, second = 0, third = 0] = starts;
    // A message may come up to 50 ms early.
    expect(second - first).toBeGreaterThanOrEqual(450);
    expect(third - second).toBeGreaterThanOrEqual(700);
  });

  it('caps the attempts of all classes together', async () => {
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async ({ attempt }) => {
          throw attempt % 2 === 0 ? new Throttled('even') : new RangeError('odd');
        },
        { retry: [on(Throttled, every(0)), on(RangeError, every(0))], contract: { maxAttempts: 3 } },
      ),
    ]);

    const ended = await twin.ended((await jobs.enqueue(ship, {})).job.id);

    expect(ended.errors.map(({ class: name, attempt }) => [name, attempt])).toEqual([
      ['RangeError', 1],
      ['Throttled', 2],
      ['RangeError', 3],
    ]);
  });

  it('fails a job whose retry policy throws, and one whose onEnd throws', async () => {
    const jobs = await twin.start([
      testJob('order.ship', () => Promise.reject(new Throttled('no')), {
        retry: [
          on(Throttled, () => {
            throw new Error('no such delay');
          }),
        ],
      }),
      testJob('order.pack', async () => done(), {
        onEnd: () => {
          throw new Error('no such field');
        },
      }),
    ]);

    const policy = await twin.ended((await jobs.enqueue(ship, {})).job.id);
    const onEnd = await twin.ended((await jobs.enqueue({ name: 'order.pack' }, {})).job.id);

    expect(policy).toMatchObject({ state: 'failed', errors: [{ code: 'outcome-invalid', message: 'no such delay' }] });
    expect(onEnd).toMatchObject({ state: 'failed', errors: [{ code: 'on-end-failed', message: 'no such field' }] });
  });

  it('lets a snoozed job wait without spending an attempt', async () => {
    const starts: number[] = [];
    const jobs = await twin.start([
      testJob('order.ship', async () => (starts.push(twin.now().getTime()) < 3 ? snooze(300) : done()), {
        contract: { maxAttempts: 1 },
      }),
    ]);

    const ended = await twin.ended((await jobs.enqueue(ship, {})).job.id);

    expect({ state: ended.state, attempt: ended.attempt, runs: starts.length }).toEqual({
      state: 'completed',
      attempt: 1,
      runs: 3,
    });
    expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(500);
  });

  it('aborts a running job that is cancelled; a finish wins over the wish, another attempt does not', async () => {
    const reasons: unknown[] = [];
    const jobs = await twin.start([
      testJob('order.heed', async ({ jobId, signal }) => {
        const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
        await jobs.cancel(jobId);
        await aborted;
        reasons.push(signal.reason);
        throw new Error('stopped');
      }),
      testJob('order.finish', async ({ jobId }) => {
        await jobs.cancel(jobId);
        return done({ result: 'made' });
      }),
      testJob('order.wait', async ({ jobId }) => {
        await jobs.cancel(jobId);
        return snooze(100);
      }),
    ]);

    const ended = [];
    for (const name of ['order.heed', 'order.finish', 'order.wait'])
      ended.push(await twin.ended((await jobs.enqueue({ name }, {})).job.id));

    expect(ended).toMatchObject([
      { state: 'cancelled', errors: [], message: 'cancelled while it ran' },
      { state: 'completed', result: 'made', cancelRequestedAt: expect.any(String) },
      { state: 'cancelled', errors: [] },
    ]);
    expect(reasons).toEqual(['cancelled']);
  });

  it('commands follow-ups once, as children with the meta of their parent, after their delay', async () => {
    const packed: { box: unknown; at: number }[] = [];
    let endedAt = 0;
    const jobs = await twin.start([
      testJob('order.ship', async () => {
        endedAt = twin.now().getTime();
        return done({
          jobs: [
            { name: 'order.pack', payload: { box: 1 } },
            { name: 'order.pack', payload: { box: 2 }, delayMs: 400 },
          ],
        });
      }),
      testJob('order.pack', async ({ payload }) => {
        packed.push({ box: payload['box'], at: twin.now().getTime() });
        return done();
      }),
    ]);

    const { job } = await jobs.enqueue(ship, {}, { meta: { tenant: 'a' } });
    await twin.ended(job.id);
    await twin.told();
    const { items: children } = await jobs.list({ name: 'order.pack' }, { limit: 10, sort: 'asc' });
    for (const child of children) await twin.ended(child.id);

    expect(children.map(({ parentId, meta }) => ({ parentId, meta }))).toEqual(
      [1, 2].map(() => ({ parentId: job.id, meta: { tenant: 'a' } })),
    );
    expect(packed.map(({ box }) => box)).toEqual([1, 2]);
    expect((packed[1]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(350);
  });

  it('tells what the handler and onEnd say, in order, and again under the same ids when nobody heard', async () => {
    const jobs = await twin.start([
      testJob('order.ship', async () => done({ events: [{ type: 'order.shipped', version: 1, data: { order: 7 } }] }), {
        onEnd: (_job, end) => ({ events: [over(end.state)] }),
      }),
    ]);

    twin.refuse(1);
    const { job } = await jobs.enqueue(ship, {});
    await twin.ended(job.id);
    await twin.told();

    expect(twin.announced.map(({ id, type, jobId, data }) => ({ id, type, jobId, data }))).toEqual([
      { id: `${job.id}:1:0`, type: 'order.shipped', jobId: job.id, data: { order: 7 } },
      { id: `${job.id}:1:1`, type: 'order.over', jobId: job.id, data: { state: 'completed' } },
    ]);
  });

  it('fails a job that would tell more than can be told, and tells what follows from that', async () => {
    const heavy = { type: 'order.shipped', version: 1, data: { text: 'x'.repeat(1_100_000) } };
    const jobs = await twin.start([
      testJob('order.ship', async () => done({ events: [heavy] }), {
        onEnd: (_job, end) => ({ events: [over(end.state)] }),
      }),
      testJob('order.pack', async () => done(), { onEnd: () => ({ events: [heavy] }) }),
    ]);

    const { job: shipping } = await jobs.enqueue(ship, {});
    const shipped = await twin.ended(shipping.id);
    const { job: packing } = await jobs.enqueue({ name: 'order.pack' }, {});
    const packed = await twin.ended(packing.id);
    await twin.told();

    const message = 'event order.shipped has 1100011 bytes, at most 1048576 can be told; store it and tell its address';
    expect(shipped).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'outcome-invalid', message }] });
    expect(packed).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'on-end-failed', message }] });
    expect(twin.announced).toMatchObject([{ id: `${shipping.id}:1:0`, data: { state: 'failed' } }]);
  });

  it('keeps what a run says of itself', async () => {
    const jobs = await twin.start([
      testJob('order.ship', async ({ progress, meta }) => {
        progress(0.25, 'packing');
        meta({ box: 3 });
        return fail({ code: 'no-stock', message: 'none left' });
      }),
    ]);

    const ended = await twin.ended((await jobs.enqueue(ship, {}, { meta: { tenant: 'a' }, tags: ['urgent'] })).job.id);

    expect(ended).toMatchObject({
      progress: 0.25,
      message: 'packing',
      meta: { tenant: 'a', box: 3 },
      tags: ['urgent'],
    });
  });
});
