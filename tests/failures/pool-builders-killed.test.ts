import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises'; // waits: builders live a while between two kills
import { isFull, until } from '@millrace/testkit';
import { expectAtRest } from './at-rest.ts';
import { Cluster } from './cluster.ts';

const creations = isFull() ? 1_000 : 60;
const [target, max] = [12, 16];
const creatorsAtOnce = 4;
/** Each so-manieth creation does not wait until there is something for all. */
const impatientEach = 10;
const builder = { CONCURRENCY: '4' };
const [shortestLifeMs, longestLifeMs] = [1_000, 4_000];
const kinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'] as const;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
}, 120_000);

afterEach(() => cluster.killWorkers());

type Rows = Record<(typeof kinds)[number], number>;
type Pool = { counts: { ready: number } };

/** A creation, and what was there of it when it was answered. */
type Made = { id: string; source: 'pool' | 'cold'; rows: Rows };

test('builders that are killed again and again never overfill the pool nor hand out half a campaign, and it is full in the end', async () => {
  const { status } = await cluster.put('/pools/master', { min: 0, low: 0, critical: 0, target, max });
  expect(status).toBe(200);
  const whole = await rowsOfTemplate();
  const over = new AbortController();
  const [killing, watching] = [killBuilders(over.signal), watchMembers(over.signal)];

  const made = await createAll().finally(() => over.abort());
  const [kills, most] = await Promise.all([killing, watching]);
  await cluster.startWorker();
  await until(async () => (await unready()) === 0, { withinMs: 120_000, message: 'all that was begun is ready' });
  await until(async () => (await ready()) === target, { withinMs: 60_000, message: 'the pool is full again' });

  const claimed = made.filter(({ source }) => source === 'pool');
  expect(new Set(made.map(({ id }) => id)).size).toBe(creations);
  expect(claimed.length).toBeGreaterThan(creations / 2);
  expect(claimed.filter(({ rows }) => kinds.some((kind) => rows[kind] !== whole[kind]))).toEqual([]);
  for (const { id } of made) expect(await rowsOf(id)).toEqual(whole);
  expect(most).toBeLessThanOrEqual(max);
  expect(await cluster.rows('pool_slots').countDocuments({ pool: 'master' })).toBe(max);
  await cluster.put('/pools/master', { target: 0 });
  await expectAtRest(cluster);
  process.stdout.write(
    `pool: ${creations} creations, ${claimed.length} from the pool, ${kills} builders killed, at most ${most} members [${max}], half campaigns 0 [0], ${target} ready in the end [${target}]\n`,
  );
}, 1_200_000);

/** A few people at a time; most of them wait until there is something for all, so that the pool has to fill again and again. */
async function createAll(): Promise<Made[]> {
  const made: Made[] = [];
  let begun = 0;
  const creator = async () => {
    for (let number = begun++; number < creations; number = begun++) made.push(await create(number));
  };
  await Promise.all(Array.from({ length: creatorsAtOnce }, creator));
  return made;
}

async function create(number: number): Promise<Made> {
  if (number % impatientEach > 0) await until(async () => (await ready()) >= creatorsAtOnce, { withinMs: 120_000 });
  const { status, body } = await cluster.post(
    '/campaigns',
    { name: `No ${number}` },
    { role: 'member', sub: randomUUID() },
  );
  expect(status).toBe(201);
  const id = String(body['campaign'].id);
  return { id, source: body['source'], rows: await rowsOf(id) };
}

/** Two builders at a time, of which the older is killed at whatever it happens to do, and replaced. @returns how many. */
async function killBuilders(signal: AbortSignal): Promise<number> {
  let kills = 0;
  for (let older = await cluster.startWorker(builder); !signal.aborted; kills++) {
    const newer = await cluster.startWorker(builder);
    // waits: the builder is to be killed in the middle of its work
    await delay(shortestLifeMs + Math.random() * (longestLifeMs - shortestLifeMs));
    await older.kill('SIGKILL');
    older = newer;
  }
  return kills;
}

/** @returns the most members, in whatever state, that there were at any look. */
async function watchMembers(signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, await cluster.rows('campaigns').countDocuments({ isPool: true }));
    // waits: the pool is looked at now and then
    await delay(50);
  }
  return most;
}

const ready = async (): Promise<number> => ((await cluster.get('/pools/master')).body as Pool).counts.ready;

const unready = (): Promise<number> =>
  cluster.rows('campaigns').countDocuments({ isPool: false, status: { $ne: 'ready' } });

async function rowsOf(campaignId: string): Promise<Rows> {
  const counts = kinds.map(async (kind) => [kind, await cluster.rows(kind).countDocuments({ campaignId })] as const);
  return Object.fromEntries(await Promise.all(counts)) as Rows;
}

async function rowsOfTemplate(): Promise<Rows> {
  const template = await cluster.rows('templates').findOne({ status: 'published' });
  return Object.fromEntries(kinds.map((kind) => [kind, Number(template?.['totals'][kind])])) as Rows;
}
