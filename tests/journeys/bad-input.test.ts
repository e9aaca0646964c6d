import { until } from '@millrace/testkit';
import { BothServices, type Person, type ServiceName } from '../both-services.ts';
import { expectBalanced } from './balanced.ts';
import { type HostileRequest, hostileRequests, type KnownIds } from './hostile-requests.ts';
import { codesOf, type OpenApiDocument, operationsOf } from './openapi-document.ts';

const roles = ['member', 'viewer', 'operator', 'admin'] as const;
const sideBySide = 12;

let both: BothServices;
let people: Record<(typeof roles)[number], Person>;
let known: KnownIds;

beforeAll(async () => {
  both = await BothServices.start({ TEMPLATE_PROFILE: 'tiny', LOG_LEVEL: 'error' });
  const entries = await Promise.all(roles.map(async (role) => [role, await both.person(role)] as const));
  people = Object.fromEntries(entries) as typeof people;
  known = await idsOf(people.admin);
});

/** Of a campaign with everything in it, so that bad input meets good places. */
async function idsOf(owner: Person): Promise<KnownIds> {
  const { campaign, job } = (await owner.post('/campaigns', { body: { name: 'Attacked' } })).body;
  await owner.get(`/jobs/${job.id}?wait=30`);
  const kinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'];
  const entities = await Promise.all(
    kinds.map(async (kind) => {
      const { items } = (await owner.get(`/campaigns/${campaign.id}/${kind}?limit=1`)).body;
      return [`/campaigns/*/${kind}/`, items[0]?.id ?? ''];
    }),
  );
  const entry = await until(async () => (await owner.notifications.get('/notifications')).body.items[0]);
  // No dead letter, but an id that one could have.
  const ids = {
    '/campaigns/': campaign.id,
    '/jobs/': job.id,
    '/notifications/': entry.id,
    '/dead-letters/': 'facade',
    '/pools/': 'master',
    '/channels/': 'email',
  };
  return { ...ids, ...Object.fromEntries(entities) };
}

function headersOf({ as, headers }: HostileRequest): Record<string, string> {
  if (as === 'nobody') return { ...headers };
  const token =
    as === 'stranger' ? 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.AAAA' : people[as].token;
  return { ...headers, authorization: `Bearer ${token}` };
}

/** What is wrong with the answer; nothing when it is as it has to be. */
async function complaint(document: OpenApiDocument, url: string, request: HostileRequest): Promise<string[]> {
  const { asked, path, body, what } = request;
  const hangUp = new AbortController();
  const answer = await fetch(url + path, {
    method: asked.method,
    headers: headersOf(request),
    ...(body !== undefined && { body }),
    signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(20_000)]),
  });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await answer.text();
  hangUp.abort();
  const why = wrong(document, request, { status: answer.status, type: answer.headers.get('content-type'), text });
  return why ? [`${asked.method} ${asked.path} with ${what}: ${why}`] : [];
}

type Answered = { status: number; type: string | null; text: string };

function wrong(
  document: OpenApiDocument,
  request: HostileRequest,
  { status, type, text }: Answered,
): string | undefined {
  if (request.status !== undefined && status !== request.status)
    return `${status} instead of ${request.status} ${text}`;
  if (status >= 500) return `${status} ${text}`;
  const codes = codesOf(document, request.asked, status);
  if (!codes) return `${status} is not documented ${text}`;
  if (status < 400) return undefined;
  if (type !== 'application/problem+json; charset=utf-8') return `${status} comes as ${type}`;
  const told = JSON.parse(text) as Record<string, unknown>;
  if (told['status'] !== status || !told['title'] || !told['detail']) return `${status} tells ${text}`;
  return codes.includes(String(told['code'])) ? undefined : `the code ${told['code']} is not documented for ${status}`;
}

/** Behind it nothing is found any more of the campaign that all the others are about. */
const endsAll = ({ asked: { method, path } }: HostileRequest): boolean =>
  method.toUpperCase() === 'DELETE' && path === '/campaigns/{id}';

async function complaints(service: ServiceName): Promise<{ asked: number; complaints: string[] }> {
  const { url } = both.service(service);
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
  const secured = operationsOf(document).filter(({ operation }) => operation.security.length > 0);
  const requests = secured.flatMap((asked) => hostileRequests(document, asked, known));
  const found: string[] = [];
  const send = async (some: readonly HostileRequest[]) => {
    const queue = some.values();
    const work = async () => {
      for (const request of queue) found.push(...(await complaint(document, url, request)));
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
  };
  await send(requests.filter((request) => !endsAll(request)));
  await send(requests.filter(endsAll));
  return { asked: requests.length, complaints: found };
}

test.each<[ServiceName, number]>([
  ['campaign', 3_000],
  ['notifications', 300],
])(
  'every route of %s answers bad input by a documented problem, and never by its own fault',
  async (service, atLeast) => {
    const { asked, complaints: found } = await complaints(service);

    expect(found.slice(0, 30)).toEqual([]);
    expect(asked).toBeGreaterThan(atLeast);
    expect((await fetch(`${both.service(service).url}/readyz`)).status).toBe(200);
    expect(await both.service(service).logs()).not.toContain('request failed unexpectedly');
  },
  180_000,
);

test('the ledgers balance after all that', async () => {
  await expectBalanced(both);
});
