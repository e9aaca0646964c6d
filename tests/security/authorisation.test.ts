import { type AccessRows, accessTable, type ServiceName } from './access-table.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster-under-test.ts';
import { type Knock, type Knowing, knocksAt } from './knocks.ts';

const services = Object.keys(accessTable) as ServiceName[];
const sideBySide = 12;

let cluster: GuardedCluster;

beforeAll(async () => {
  cluster = await startGuardedCluster();
}, 120_000);

const knowing = (service: ServiceName): Knowing => ({
  document: cluster.documents[service],
  rows: accessTable[service],
  known: service === 'console' ? {} : cluster.belongings[service],
  strangers: cluster.strangers,
});

async function complaintsOf(service: ServiceName, knocks: readonly Knock[]): Promise<string[]> {
  const queue = knocks.values();
  const complaints: string[] = [];
  const work = async () => {
    for (const knock of queue) complaints.push(...(await cluster.complaintsOf(service, knock)));
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return complaints;
}

const rowsSaid = (rows: AccessRows): string[] => Object.keys(rows).sort();

test.each(services)('the table has every route of %s, and no other', (service) => {
  const routes = Object.entries(cluster.documents[service].paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

  expect(rowsSaid(accessTable[service])).toEqual(routes.sort());
});

test.each(services)('every route of %s lets in whom the table admits, and nobody else', async (service) => {
  const { strange, refused, admitted, others } = knocksAt(knowing(service));

  const complaints = await complaintsOf(service, [...strange, ...refused, ...admitted, ...others]);

  expect(complaints.slice(0, 30)).toEqual([]);
  expect(strange.length).toBeGreaterThan(9 * 16);
});

test.each(services)('what belongs to a member of %s opens to its owner', async (service) => {
  const { owners } = knocksAt(knowing(service));
  const complaints: string[] = [];

  // One after the other: what is archived or deleted is last.
  for (const knock of owners) complaints.push(...(await cluster.complaintsOf(service, knock)));

  expect(complaints).toEqual([]);
});

test.each(services.filter((name) => name !== 'console'))(
  'the console stands before %s as its own door does',
  async (service) => {
    const { strange, refused } = knocksAt(knowing(service));
    const behind = [...strange, ...refused].filter(({ route }) =>
      ['GET /jobs', 'GET /queues', 'POST /jobs'].includes(route),
    );

    const complaints = await complaintsOf(
      'console',
      behind.map((knock) => ({ ...knock, path: `/api/${service}${knock.path}` })),
    );

    expect(complaints).toEqual([]);
    expect(behind.length).toBeGreaterThan(45);
  },
);

test.each(services)('the four doors of %s that ask for nothing tell nothing of people', async (service) => {
  const answers = await Promise.all(
    ['/healthz', '/readyz', '/metrics', '/openapi.json'].map(async (path) => {
      const answer = await fetch(cluster.urls[service] + path);
      return { status: answer.status, text: await answer.text() };
    }),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.filter(({ text }) => text.includes(cluster.owner.sub))).toEqual([]);
});

test('a change that another site asks for with the cookie of a session is refused', async () => {
  const forged = await Promise.all(
    [
      {},
      { 'x-millrace-console': '1', 'sec-fetch-site': 'cross-site' },
      { 'x-millrace-console': '1', origin: 'https://evil.example' },
    ].map((headers) =>
      fetch(`${cluster.urls.console}/api/campaign/queues/campaign.seeding/pause`, {
        method: 'POST',
        headers: { ...headers, cookie: `millrace=${cluster.operatorToken}` } as Record<string, string>,
      }),
    ),
  );

  expect(
    await Promise.all(forged.map(async (answer) => [answer.status, ((await answer.json()) as { code: string }).code])),
  ).toEqual(Array(3).fill([403, 'request-forged']));
});
