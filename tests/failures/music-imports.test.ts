import { setTimeout as delay } from 'node:timers/promises'; // waits: an outage lasts its time
import { isFull, until } from '@millrace/testkit';
import { type AskedAlbum, MusicCluster } from './music-cluster.ts';

const size = isFull()
  ? { albums: 200, outageMs: 10_000, creations: 40, kills: 10 }
  : { albums: 24, outageMs: 2_500, creations: 16, kills: 2 };
const intervalMs = 50;

let cluster: MusicCluster;
beforeAll(async () => {
  cluster = await MusicCluster.start({ replicas: 3, intervalMs });
}, 120_000);

const titles = (count: number, from = 1) => Array.from({ length: count }, (_, place) => `Album ${from + place}`);

/** Figures for whoever reads the run. */
const report = (line: string) => process.stdout.write(`music: ${line}\n`);

test('three replicas keep one budget through an outage that costs no attempts, and every album is imported once', async () => {
  const startedAt = performance.now();

  await cluster.askFor(1, size.albums);
  await until(async () => (await cluster.importedCount(titles(size.albums))) >= size.albums / 5, { withinMs: 30_000 });
  cluster.provider.fail({ kind: 'reset' });
  await delay(size.outageMs); // waits: the outage
  const { state } = (await cluster.get('/provider'))['breaker'];
  cluster.provider.heal();

  await cluster.expectImportedOnce(titles(size.albums), 120_000);
  const gapMs = cluster.provider.smallestGapMs();
  const tookMs = Math.round(performance.now() - startedAt);
  report(
    `${size.albums} albums, outage ${size.outageMs} ms: ${tookMs} ms, ${cluster.provider.log().length} requests, smallest gap ${gapMs.toFixed(1)} ms`,
  );
  expect(state).not.toBe('closed');
  expect(gapMs).toBeGreaterThanOrEqual(intervalMs);
  expect(await cluster.costs()).toEqual({ attempts: [1], errors: 0 });
  const { text } = await cluster.get('/metrics');
  expect(text).toMatch(/albums\{[^}]*status="imported"[^}]*\} \d+/);
  expect(text).toMatch(/provider_requests_total\{[^}]*provider="musicbrainz"/);
  expect(text).toMatch(/album_imports_total\{/);
}, 240_000);

test('albums are created while the provider is dead, which nobody waits for, and imported when it is back', async () => {
  const alive = await cluster.askFor(201, size.creations);
  cluster.provider.fail({ kind: 'reset' });
  const dead = await cluster.askFor(201 + size.creations, size.creations);
  const importedMeanwhile = await cluster.importedCount(dead.map(({ title }) => title));
  cluster.provider.heal();

  report(`creation p99 ${p99(alive).toFixed(0)} ms, with a dead provider ${p99(dead).toFixed(0)} ms`);
  expect(importedMeanwhile).toBe(0);
  await cluster.expectImportedOnce(titles(2 * size.creations, 201), 60_000);
}, 120_000);

test('replicas killed between creation and completion lose no album and import none twice', async () => {
  const perRound = 4;
  const all = titles(size.kills * perRound, 301);
  for (let round = 0; round < size.kills; round++) {
    const from = 301 + round * perRound;
    const [victim] = cluster.replicas;
    const asking = titles(perRound, from).map((_, place) => cluster.ask(from + place, victim).catch(() => undefined));
    // Each time a little later: while the first is written, while others are, when all are.
    const some = titles(1 + (round % perRound), from);
    await until(() => cluster.rows('albums').countDocuments({ title: { $in: some } }), { everyMs: 1 });
    if (victim) await cluster.killReplica(victim);
    await Promise.all(asking);
    await cluster.startReplica();
  }

  const written = (
    await cluster
      .rows('albums')
      .find({ title: { $in: all } })
      .toArray()
  ).map((album) => String(album['title']));
  report(`${size.kills} kills, ${written.length} of ${all.length} albums were written`);
  expect(written.length).toBeGreaterThanOrEqual(size.kills);
  await cluster.expectImportedOnce(written, 60_000);
  await until(async () => {
    const { items } = await cluster.get('/ledger');
    return items.every((row: { imbalance: number }) => row.imbalance === 0);
  });
  expect(cluster.provider.smallestGapMs()).toBeGreaterThanOrEqual(intervalMs);
}, 180_000);

const all = ['rabbitmq', 'nats', 'mongodb'] as const;
const killed = isFull() ? [all, ...all.map((name) => [name])] : [all];

test.each(killed.map((names, round) => ({ names, from: 351 + 10 * round })))(
  '$names, killed -9 at once while albums are imported, lose none and have none imported twice',
  async ({ names, from }) => {
    await cluster.askFor(from, 6);
    await until(() => cluster.importedCount(titles(6, from)), { withinMs: 30_000, everyMs: 2 });

    const components = names.map((name) => cluster.component(name));
    await Promise.all(components.map((component) => component.kill('SIGKILL')));
    // The database holds the albums: without it there is nothing to create them in.
    const meanwhile = names.includes('mongodb') ? [] : await cluster.askFor(from + 6, 2);
    await Promise.all(components.map((component) => component.start()));

    await cluster.expectImportedOnce(titles(6 + meanwhile.length, from), 120_000);
    expect(cluster.provider.smallestGapMs()).toBeGreaterThanOrEqual(intervalMs);
  },
  180_000,
);

if (isFull()) {
  test('ten albums in real time: a request a second, never sooner', async () => {
    const slow = await MusicCluster.start({ replicas: 3, intervalMs: 1_000 });
    const startedAt = performance.now();

    await slow.askFor(1, 10);

    await slow.expectImportedOnce(titles(10), 60_000);
    const gapMs = slow.provider.smallestGapMs();
    report(
      `10 albums at 1000 ms: ${Math.round(performance.now() - startedAt)} ms, smallest gap ${gapMs.toFixed(1)} ms`,
    );
    expect(gapMs).toBeGreaterThanOrEqual(1_000);
  }, 120_000);
}

const p99 = (asked: readonly AskedAlbum[]): number =>
  asked.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other)[Math.ceil(asked.length * 0.99) - 1] ?? 0;
