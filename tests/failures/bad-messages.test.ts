import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { v7 } from 'uuid';
import { expectAtRest, openDeadLetters } from './at-rest.ts';
import { Cluster } from './cluster.ts';
import { expectSeededOnce, toldTo } from './seeded-once.ts';

let cluster: Cluster;
let lane: string;
beforeAll(async () => {
  cluster = await Cluster.start();
  lane = cluster.broker.laneOf('campaign.seeding');
}, 120_000);

afterEach(() => cluster.killWorkers());

test('a command delivered six times runs once, and again after its end not at all', async () => {
  const asked = await cluster.askFor(3);
  const copies = await Promise.all(asked.map(({ jobId }) => messageOf(jobId)));
  for (const copy of copies) await cluster.broker.sendTo(lane, Array(5).fill(copy), { type: 'campaign.seed@1' });

  await cluster.startWorker();
  await expectSeededOnce(cluster, asked);
  for (const copy of copies) await cluster.broker.sendTo(lane, Array(5).fill(copy), { type: 'campaign.seed@1' });

  await expectAtRest(cluster);
  const records = await cluster
    .rows('jobs')
    .find({ _id: { $in: asked.map(({ jobId }) => jobId) } })
    .toArray();
  expect(records.map(({ fence, ends }) => ({ fence, ends }))).toEqual(asked.map(() => ({ fence: 1, ends: 1 })));
}, 60_000);

const seed = { type: 'campaign.seed@1' };
const whole = { campaignId: v7(), requestedBy: null, mode: 'batch' };
const badMessages = [
  ['malformed JSON', 'body-malformed', '{"jobId": ', seed],
  ['an unknown job', 'job-unknown', JSON.stringify({ jobId: v7(), n: 1 }), { type: 'campaign.burn@1' }],
  [
    'a payload that misfits its schema',
    'payload-invalid',
    JSON.stringify({ jobId: v7(), n: 1, payload: { campaignId: 7 } }),
    seed,
  ],
  [
    'a version that nobody knows',
    'payload-invalid',
    JSON.stringify({ jobId: v7(), n: 1, payload: whole }),
    { type: 'campaign.seed@99' },
  ],
  ['2 MiB', 'body-too-large', JSON.stringify({ jobId: v7(), n: 1, payload: 'x'.repeat(2 * 1024 * 1024) }), seed],
  ['a job without a record', 'record-missing', JSON.stringify({ jobId: v7(), n: 1, payload: whole }), seed],
] as const;

test('messages that no record stands for end in the dead letters with their reasons, while the work behind them is done', async () => {
  const worker = await cluster.startWorker();
  for (const [, , body, properties] of badMessages) await cluster.broker.sendTo(lane, [Buffer.from(body)], properties);
  const asked = await cluster.askFor(3);

  await expectSeededOnce(cluster, asked);
  const expected = badMessages.map(([, reason]) => `message ${reason}`).sort();
  await untilOpen(expected.length);

  expect(await openDeadLetters(cluster)).toEqual(expected);
  expect([worker, cluster.api, cluster.notifications].map((service) => service.isRunning())).toEqual([
    true,
    true,
    true,
  ]);
  expect(
    await Promise.all([worker, cluster.api].map(async ({ url }) => (await fetch(`${url}/readyz`)).status)),
  ).toEqual([200, 200]);
  await closeDeadLetters();
}, 60_000);

test('a message without a record is an imbalance of the ledger until somebody closes it', async () => {
  const lost = { jobId: v7(), n: 1, payload: whole };
  await cluster.broker.sendTo(lane, [Buffer.from(JSON.stringify(lost))], seed);
  await cluster.startWorker();

  await until(async () => (await imbalance()) === 1, { withinMs: 10_000, message: 'the ledger raises the alarm' });
  await closeDeadLetters();

  await expectAtRest(cluster);
  expect(await imbalance()).toBe(0);
}, 60_000);

test('mangled events end in the dead letters of their hearer, and the events behind them are heard', async () => {
  const misfit = {
    id: v7(),
    type: 'campaign.seeded',
    version: 1,
    at: new Date().toISOString(),
    data: { campaignId: 7 },
  };
  await cluster.nats.tell('campaign.seeded', '{"id": ');
  await cluster.nats.tell('campaign.seeded', new Uint8Array([0xff, 0xfe, 0x00]));
  await cluster.nats.tell('campaign.seeded', JSON.stringify(misfit));
  await cluster.startWorker();
  const asked = await cluster.askFor(2);

  await expectSeededOnce(cluster, asked);

  const expected = ['event data-invalid', 'event unreadable', 'event unreadable'];
  await untilOpen(expected.length);
  await expectAtRest(cluster, { deadLetters: expected });
}, 60_000);

test('an event told five times by a stranger is one notification', async () => {
  const [one] = await cluster.askFor(1);
  await cluster.startWorker();
  if (!one) throw new Error('nobody asked');
  await expectSeededOnce(cluster, [one]);
  const job = await cluster.rows('jobs').findOne({ _id: one.jobId });
  const marker = { ...job?.['events'][0], id: `${randomUUID()}:last` };

  for (let times = 0; times < 5; times++)
    await cluster.nats.tell('campaign.seeded', JSON.stringify(job?.['events'][0]));
  await cluster.nats.tell('campaign.seeded', JSON.stringify(marker));

  await until(async () => (await toldTo(cluster, one.person)).length > 1, { message: 'what was told last is heard' });
  expect(await toldTo(cluster, one.person)).toEqual(['ready', 'ready']);
}, 60_000);

const untilOpen = (count: number) =>
  until(async () => (await openDeadLetters(cluster)).length === count, { withinMs: 10_000 }).catch(() => undefined);

async function closeDeadLetters(): Promise<void> {
  const { body } = await cluster.get('/dead-letters');
  for (const { fingerprint } of body['items']) {
    const members = await cluster.get(`/dead-letters/${fingerprint}`);
    for (const { id } of members.body['items'])
      await cluster.post(`/dead-letters/${id}/resolve`, { note: 'written by a test' });
  }
}

async function messageOf(jobId: string): Promise<Buffer> {
  const record = await cluster.rows('jobs').findOne({ _id: jobId });
  return Buffer.from(JSON.stringify({ jobId, n: record?.['n'], payload: record?.['payload'] }));
}

async function imbalance(): Promise<number> {
  const { body } = await cluster.get('/ledger');
  return body['items'].reduce((sum: number, row: { imbalance: number }) => sum + row.imbalance, 0);
}
