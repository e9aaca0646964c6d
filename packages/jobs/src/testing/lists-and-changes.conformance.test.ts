import { until } from '@millrace/testkit';
import { done, snooze } from '../define/outcome.ts';
import { testJob } from '../under-test/test-job.ts';
import { ship, type Twin, twins } from './twins-for-tests.ts';

describe.each(twins)('lists and changes on %s', (_, open) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await open();
  });
  afterEach(() => twin.end());

  it('lists by the time at which they are due, page by page, both ways', async () => {
    const jobs = await twin.start([testJob('order.ship', async () => done())]);
    const due = [3, 1, 2, 2, 5].map((hours) => new Date(twin.now().getTime() + hours * 3_600_000));
    for (const [order, runAt] of due.entries()) await jobs.enqueue(ship, { order }, { runAt });

    const walk = async (sort: 'asc' | 'desc') => {
      const seen: string[] = [];
      for (let after: { scheduledAt: Date; id: string } | undefined; ; ) {
        const { items, hasMore } = await jobs.listByTime({ name: 'order.ship' }, { limit: 2, sort, after });
        seen.push(...items.map(({ id }) => id));
        const last = items.at(-1);
        if (!hasMore || !last) return seen;
        after = { scheduledAt: new Date(last.scheduledAt), id: last.id };
      }
    };
    const [up, down] = [await walk('asc'), await walk('desc')];

    const timeOf = async (id: string) => (await jobs.find(id)).scheduledAt;
    expect(await Promise.all(up.map(timeOf))).toEqual(due.map((at) => at.toISOString()).toSorted());
    expect(down).toEqual(up.toReversed());
  });

  it('accepts a list of commands whole or not at all, and finds what stands when it comes again', async () => {
    const key = ({ order }: Record<string, unknown>) => String(order);
    const jobs = await twin.start([
      testJob('order.ship', async () => done()),
      testJob('order.sell', async () => done(), { unique: { key, onConflict: 'reject' } }),
      testJob('order.count', async () => done(), { unique: { key } }),
    ]);
    const runAt = new Date(twin.now().getTime() + 3_600_000);
    const to = (name: string, payload: unknown, id?: string) => ({
      name,
      payload,
      options: { runAt, ...(id && { id }) },
    });
    const [{ job: sold }, { job: counting }] = [
      await jobs.enqueue({ name: 'order.sell' }, { order: 7 }, { runAt }),
      await jobs.enqueue({ name: 'order.count' }, { order: 1 }, { runAt }),
    ];

    const refused = [];
    for (const second of [
      to('order.sell', { order: 7 }),
      to('order.ship', 'no object'),
      to('order.ship', {}, 'x'.repeat(201)),
      to('order.burn', {}),
    ])
      refused.push(
        await jobs.commandAll([to('order.ship', {}), second]).catch(({ code, details }) => ({ code, details })),
      );
    const doubled = jobs.commandAll([to('order.sell', { order: 8 }), to('order.sell', { order: 8 })]);
    await expect(doubled).rejects.toMatchObject({ code: 'unique-conflict', details: { index: 1 } });
    expect(refused).toMatchObject([
      { code: 'unique-conflict', details: { index: 1, key: 'order.sell:7', heldBy: sold.id } },
      { code: 'payload-invalid', details: { index: 1 } },
      { code: 'id-invalid', details: { index: 1 } },
      { code: 'job-name-unknown', details: { name: 'order.burn' } },
    ]);
    expect(await jobs.counts()).toMatchObject({ scheduled: 2 });

    const list = [to('order.ship', {}, 'a'), to('order.sell', { order: 8 }, 'b'), to('order.count', { order: 1 })];
    const [first, again] = [await jobs.commandAll(list), await jobs.commandAll(list)];
    const told = (answers: typeof first) => answers.map(({ job, conflict }) => [job.id, conflict]);
    expect(told(first)).toEqual([
      ['a', false],
      ['b', false],
      [counting.id, true],
    ]);
    expect(told(again)).toEqual([
      ['a', true],
      ['b', true],
      [counting.id, true],
    ]);
  });

  it('gives a waiting job another time, lane and number of attempts, and an ended one none', async () => {
    const jobs = await twin.start([testJob('order.ship', async () => done())]);
    const inHours = (hours: number) => new Date(twin.now().getTime() + hours * 3_600_000);
    const { job } = await jobs.enqueue(ship, {}, { runAt: inHours(1) });

    const later = inHours(200);
    const putOff = await jobs.change(job.id, { runAt: later, lane: 'hi', maxAttempts: 3 });
    const fewer = await jobs.change(job.id, { maxAttempts: 2 });
    await jobs.change(job.id, { runAt: null });
    const ended = await jobs.waitFor(job.id, 10);

    expect(putOff).toMatchObject({ state: 'scheduled', scheduledAt: later.toISOString(), lane: 'hi', maxAttempts: 3 });
    expect(fewer).toMatchObject({ state: 'scheduled', maxAttempts: 2 });
    expect(ended).toMatchObject({ state: 'completed', attempt: 1, lane: 'hi' });
    await expect(jobs.change(job.id, { maxAttempts: 9 })).rejects.toMatchObject({ code: 'job-state-conflict' });
    await expect(jobs.change('none', { maxAttempts: 9 })).rejects.toMatchObject({ code: 'job-not-found' });
  });

  it('lets nobody hurry a job that waits for the holder of its key', async () => {
    const jobs = await twin.start([
      testJob('order.ship', async () => snooze(3_600_000), {
        unique: { key: () => 'one', onConflict: 'keep-latest-after-current' },
      }),
    ]);
    const { job: holder } = await jobs.enqueue(ship, {});
    await until(async () => (await jobs.waitFor(holder.id, 0)).state === 'snoozed');
    const { job: waiting } = await jobs.enqueue(ship, {});

    await expect(jobs.runNow(waiting.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
    await expect(jobs.retry(waiting.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
    expect(await jobs.find(waiting.id)).toMatchObject({ state: 'scheduled', attempt: 0 });
  });
});
