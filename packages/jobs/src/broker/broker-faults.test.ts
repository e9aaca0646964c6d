import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { privateComponent, until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const run = promisify(execFile);
const rabbitmqctl = '/usr/lib/rabbitmq/bin/rabbitmqctl';
type Component = Awaited<ReturnType<typeof privateComponent>>;

let rabbitmq: Component;
let world: World;
beforeAll(async () => {
  rabbitmq = await privateComponent('rabbitmq');
}, 120_000);
beforeEach(async () => {
  world = await jobsWorld({ amqpUrl: rabbitmq.url });
});
afterEach(() => world.end());

/** Speaks to the private broker as its operator. */
async function control(...command: string[]): Promise<void> {
  const config = join(dirname(rabbitmq.logFile), 'config');
  await run(rabbitmqctl, command, {
    cwd: config,
    env: {
      PATH: process.env['PATH'],
      HOME: join(config, 'home'),
      RABBITMQ_NODENAME: 'millrace@localhost',
      ERL_EPMD_PORT: `${rabbitmq.ports['epmd']}`,
    },
  });
}

const ship = { name: 'order.ship' };

/** Some jobs run, some stand in the queue, some are in the ladder, some are scheduled. */
async function jobsEverywhere() {
  const hold = gate();
  const effects: string[] = [];
  const jobs = await world.start(
    [
      testJob(
        'order.ship',
        async ({ jobId, payload, attempt }) => {
          if (payload['isSlow']) await hold.promise;
          if (payload['isRetried'] && attempt === 1) throw new RangeError('not yet');
          effects.push(jobId);
          return done();
        },
        { retry: [on(RangeError, every(2_500))] },
      ),
    ],
    { concurrency: 5 },
  );
  const enqueue = async (count: number, payload: object, runAt?: Date) =>
    Promise.all(
      Array.from({ length: count }, async () => (await jobs.enqueue(ship, payload, runAt && { runAt })).job.id),
    );
  const retried = await enqueue(5, { isRetried: true });
  await until(async () => (await jobs.counts()).retryable === 5, { withinMs: 10_000 });
  const running = await enqueue(5, { isSlow: true });
  await until(async () => (await jobs.counts()).executing === 5, { withinMs: 10_000 });
  const scheduled = await enqueue(5, {}, new Date(Date.now() + 3_000));
  const queued = await enqueue(30, {});
  return { jobs, hold, effects, ids: [...retried, ...running, ...scheduled, ...queued] };
}

async function allEndWell({
  jobs,
  effects,
  ids,
}: Pick<Awaited<ReturnType<typeof jobsEverywhere>>, 'jobs' | 'effects' | 'ids'>) {
  await until(async () => (await jobs.counts()).completed === ids.length, {
    withinMs: 40_000,
    everyMs: 100,
    message: 'all jobs are completed',
  });
  expect(effects.toSorted()).toEqual(ids.toSorted());
  expect((await world.collections.jobs.find({}).toArray()).map(({ crashes, ends }) => ({ crashes, ends }))).toEqual(
    ids.map(() => ({ crashes: 0, ends: 1 })),
  );
  expect(await jobs.ledger()).toEqual([
    expect.objectContaining({ accepted: ids.length, succeeded: ids.length, live: 0, imbalance: 0 }),
  ]);
  expect(await world.collections.deadLetters.countDocuments()).toBe(0);
  await world.untilEmpty();
}

test('a broker that is killed and comes back costs no job and no second effect', async () => {
  const { hold, ...rest } = await jobsEverywhere();

  await rabbitmq.kill('SIGKILL');
  hold.resolve();
  await rabbitmq.start();

  await allEndWell(rest);
}, 120_000);

test('a broker whose data was deleted is set up anew, and every job ends', async () => {
  const { hold, ...rest } = await jobsEverywhere();

  await rabbitmq.kill('SIGKILL');
  await rabbitmq.wipe();
  const late = await rest.jobs.enqueue(ship, {});
  await rabbitmq.start();
  hold.resolve();

  await allEndWell({ ...rest, ids: [...rest.ids, late.job.id] });
}, 120_000);

test('a runtime that starts without a broker accepts commands, says what it lacks, and runs them later', async () => {
  await rabbitmq.kill('SIGKILL');
  const jobs = world.make([testJob('order.ship', async () => done())]);
  await jobs.start();

  const ids = await Promise.all(Array.from({ length: 600 }, async () => (await jobs.enqueue(ship, {})).job.id));
  const troubles = jobs.troubles();
  await rabbitmq.start();

  expect(troubles).toEqual(
    expect.arrayContaining([
      expect.stringContaining('rabbitmq (publish)'),
      expect.stringContaining('rabbitmq (consume)'),
    ]),
  );
  await until(async () => (await jobs.counts()).completed === ids.length, { withinMs: 40_000, everyMs: 100 });
  await world.untilEmpty();
}, 120_000);

test('a broker that no longer answers does not keep a runtime from stopping', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())]);

  await rabbitmq.kill('SIGSTOP');
  const began = Date.now();
  try {
    // More than the window of unconfirmed messages: those who wait for a place must be let go too.
    await Promise.all(Array.from({ length: 600 }, () => jobs.enqueue(ship, {})));
    await jobs.stop();
  } finally {
    await rabbitmq.kill('SIGCONT');
  }

  expect(Date.now() - began).toBeLessThan(40_000);
  expect(await world.collections.jobs.countDocuments({ state: 'available' })).toBe(600);
}, 120_000);

// needs the rabbitmqctl of a server that runs on this machine
const withControl = existsSync(rabbitmqctl) ? test : test.skip;

withControl(
  'connections that an operator closes are opened again',
  async () => {
    const { hold, ...rest } = await jobsEverywhere();

    await control('close_all_connections', 'a test');
    hold.resolve();

    await allEndWell(rest);
  },
  120_000,
);

withControl(
  'a broker that blocks publishers delays jobs, and acknowledging goes on',
  async () => {
    const { hold, ...rest } = await jobsEverywhere();

    await control('set_vm_memory_high_watermark', '0.0001');
    // The broker says so to a connection when it next publishes.
    const blocked: string[] = [];
    await until(
      async () => {
        blocked.push((await rest.jobs.enqueue(ship, {})).job.id);
        return world.logs.some(({ message }) => message.startsWith('the broker has blocked publishing'));
      },
      { withinMs: 20_000, everyMs: 100 },
    );
    hold.resolve();
    await until(async () => (await rest.jobs.counts()).executing === 0, { withinMs: 10_000 });
    blocked.push((await rest.jobs.enqueue(ship, {})).job.id);
    await control('set_vm_memory_high_watermark', '0.4');

    await allEndWell({ ...rest, ids: [...rest.ids, ...blocked] });
  },
  120_000,
);

/** What a crash between the making of a queue and its first election leaves behind: a member that waits for a leader for ever. */
async function loseLeader(queue: string): Promise<void> {
  const member = `{list_to_atom("%2F_${queue}"), node()}`;
  const resource = `rabbit_misc:r(<<"/">>, queue, <<"${queue}">>)`;
  await control('eval', `ra:force_delete_server(quorum_queues, ${member}).`);
  await control('eval', `{ok, Q} = rabbit_amqqueue:lookup(${resource}), rabbit_quorum_queue:recover(<<"/">>, [Q]).`);
}

withControl(
  'lanes that have lost their leader for ever are made anew, and what they held is rung for again',
  async () => {
    const api = await world.start([testJob('order.ship', async () => done())], {
      role: 'api',
      timing: { redispatchMs: 600_000 },
    });
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await api.enqueue(ship, {})).job.id));
    await until(async () => (await world.depths())['std'] === ids.length, { withinMs: 10_000 });
    for (const name of ['std', 'retry'] as const) await loseLeader(world.names.queue('orders.main', name));

    const worker = world.make([testJob('order.ship', async () => done())], { timing: { redispatchMs: 600_000 } });
    await worker.start();

    const states = await Promise.all(ids.map(async (id) => (await api.waitFor(id, 90)).state));
    await until(() => worker.troubles().length === 0, { withinMs: 60_000, message: 'nothing is amiss' });
    expect(states).toEqual(ids.map(() => 'completed'));
    await world.untilEmpty();
  },
  240_000,
);
