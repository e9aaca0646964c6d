import { until } from '@millrace/testkit';
import { serviceForTests, type TestService } from '../service-for-tests.ts';

const target = 15;
const publishes = 4;
/** So many people each ask again and again, from before a publish until some time after it. */
const people = 8;
const asksEach = 8;

type Made = { campaign: { id: string; templateVersion: number | null }; source: 'pool' | 'cold' };
type Ask = { source: Made['source']; version: number | null; leastVersion: number };

let service: TestService;
let admin: Awaited<ReturnType<TestService['as']>>;

beforeAll(async () => {
  service = await serviceForTests({ POOL_TARGET: String(target) });
  admin = await service.as('root', 'admin');
}, 60_000);

test('a claim that begins after a publish was answered never gets a member of the template before', async () => {
  const asks: Ask[] = [];
  const tempted: number[] = [];
  let published = 1;
  for (let round = 0; round < publishes; round++) {
    await full(published);
    // What is outdated stays in the pool in every other round; in the others it is replaced while people ask.
    if (round % 2 === 0) await admin('POST', '/pools/master/pause');
    const draft = (await admin<{ id: string; version: number }>('POST', '/templates', { body: { profile: 'tiny' } }))
      .body;
    const reached = Promise.withResolvers<void>();
    const askers = Array.from({ length: people }, (_, person) =>
      askAgain(`p${round}-${person}`, { least: () => published, begun: reached.resolve }),
    );
    await reached.promise;
    expect((await admin('POST', `/templates/${draft.id}/publish`)).status).toBe(200);
    published = draft.version;
    tempted.push(await outdated());
    asks.push(...(await Promise.all(askers)).flat());
    await admin('POST', '/pools/master/resume');
  }

  const hits = asks.filter(({ source }) => source === 'pool');
  expect(asks).toHaveLength(publishes * people * asksEach);
  expect(hits.filter(({ version, leastVersion }) => Number(version) < leastVersion)).toEqual([]);
  // Else nothing was there that could have been given wrongly.
  expect(Math.max(...tempted)).toBeGreaterThan(0);
  expect(new Set(hits.map(({ version }) => version)).size).toBeGreaterThanOrEqual(publishes);
  process.stdout.write(
    `publish: ${asks.length} creations round ${publishes} publishes, ${hits.length} from the pool, outdated members ready after a publish ${tempted.join(', ')}, given 0 [0]\n`,
  );
}, 180_000);

/** Asks one time after the other. @param least the version that was published last, as far as anybody has been told. */
async function askAgain(sub: string, { least, begun }: { least: () => number; begun: () => void }): Promise<Ask[]> {
  const person = await service.as(sub);
  const asks: Ask[] = [];
  for (let number = 0; number < asksEach; number++) {
    const leastVersion = least();
    const { status, body } = await person<Made>('POST', '/campaigns', { body: { name: `${sub} ${number}` } });
    expect(status).toBe(201);
    asks.push({ source: body.source, version: body.campaign.templateVersion, leastVersion });
    begun();
  }
  return asks;
}

type Pool = { counts: Record<string, number>; rollout: { templateVersion: number } };

const full = (version: number) =>
  until(
    async () => {
      const { counts, rollout } = (await admin<Pool>('GET', '/pools/master')).body;
      return counts['ready'] === target && rollout.templateVersion === version;
    },
    { withinMs: 60_000, message: `the pool is full with version ${version}` },
  );

const outdated = async (): Promise<number> => (await admin<Pool>('GET', '/pools/master')).body.counts['stale'] ?? 0;
