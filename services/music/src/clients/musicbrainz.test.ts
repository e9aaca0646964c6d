import type { Breaker } from '@millrace/jobs';
import { type MusicBrainz as Simulator, startMusicBrainz } from '@millrace/simulators';
import { createMusicBrainz, userAgent } from './musicbrainz.ts';
import { ProviderUnavailable, ProviderUnreadable } from './provider-errors.ts';
import { providerRequests } from './provider-requests.ts';

let simulator: Simulator;
let seen: { outcome: string }[];
let turns: number;

beforeEach(async () => {
  simulator = await startMusicBrainz({ plainAlbums: 12 });
  seen = [];
  turns = 0;
});
afterEach(() => simulator.stop());

const through = <Value>(_breaker: Breaker, call: () => Promise<Value>): Promise<Value> => call();
const caller = { signal: new AbortController().signal, through };

/** A client whose turns come at once, and are counted. */
function client({ timeoutMs = 2_000, url = `${simulator.url}/ws/2` } = {}) {
  const budget = {
    name: 'musicbrainz',
    intervalMs: 1,
    spend: <Value>(request: (turn: { begin(): void; signal: AbortSignal }) => Promise<Value>) => {
      turns += 1;
      return request({ begin: () => undefined, signal: new AbortController().signal });
    },
  };
  const headers = { 'User-Agent': userAgent('test@example.org') };
  return createMusicBrainz({
    url,
    ask: providerRequests({ budget, headers, timeoutMs, observe: (one) => seen.push(one) }),
  });
}

const idOf = (title: string) => simulator.catalogue.album(title).releaseGroupId;

test('a page holds what was asked for, with what the provider said word for word', async () => {
  const page = await client().releasesOf(idOf('Thousand Editions'), 1_050, caller);

  expect(page).toMatchObject({ total: 1_104, received: 54, bad: [], releaseGroupId: idOf('Thousand Editions') });
  const { id, payload } = page?.editions[0] ?? {};
  expect(payload).toEqual(simulator.catalogue.release(String(id)));
  expect(seen).toMatchObject([{ provider: 'musicbrainz', outcome: 'good' }]);
});

test('nulls, empty words and halves of dates are told apart', async () => {
  const page = await client().releasesOf(idOf('Hundred Editions'), 0, caller);
  const fields = page?.editions.map((one) => one.fields) ?? [];

  expect(new Set(fields.map(({ datePrecision }) => datePrecision))).toEqual(new Set(['day', 'month', 'year', null]));
  expect(new Set(fields.map(({ format }) => format))).toEqual(
    new Set(['cd', 'vinyl', 'digital', 'cassette', 'mixed', 'other']),
  );
  expect(fields.some(({ barcode }) => barcode === null) && fields.some(({ barcode }) => barcode === '')).toBe(true);
  expect(fields.find(({ countries }) => countries.length === 2)?.countries).toContain('IE');
});

test('an entry that is no release is told by its place and reason, and the others come', async () => {
  const [first] = simulator.catalogue.releasesOf(idOf('Album 5')) ?? [];
  simulator.catalogue.change(String(first?.id), { 'label-info': [{ 'catalog-number': 5 }] });

  const page = await client().releasesOf(idOf('Album 5'), 0, caller);

  expect(page?.bad).toEqual([
    { id: first?.id, reason: expect.stringMatching(/^entry 0: label-info\.0\.catalog-number: /) },
  ]);
  expect(page?.editions).toHaveLength(5);
});

test('a group that does not exist is null, and a deleted release, too', async () => {
  const id = '00000000-0000-4000-8000-000000000000';

  expect(await client().releasesOf(id, 0, caller)).toBeNull();
  expect(await client().findRelease(id, caller)).toBeNull();
  expect(seen.map(({ outcome }) => outcome)).toEqual(['not-found', 'not-found']);
});

test.each([
  ['503 with Retry-After', { kind: 'status', status: 503, retryAfterSeconds: 7 } as const, { retryAfterMs: 7_000 }],
  ['a reset', { kind: 'reset' } as const, { message: expect.stringContaining('/ws/2/release failed') }],
  ['silence', { kind: 'timeout' } as const, { message: expect.stringContaining('no answer within 100 ms') }],
  ['401', { kind: 'status', status: 401 } as const, { retryAfterMs: undefined }],
])('%s means that the provider is not available', async (_name, fault, expected) => {
  simulator.fail(fault);

  // Only silence is to be too long: on a busy machine an answer takes more than 100 ms, too.
  const page = client(fault.kind === 'timeout' ? { timeoutMs: 100 } : {}).releasesOf(idOf('Album 5'), 0, caller);

  await expect(page).rejects.toBeInstanceOf(ProviderUnavailable);
  await expect(page).rejects.toMatchObject(expected);
});

test('JSON that breaks off is unreadable', async () => {
  simulator.fail({ kind: 'malformed', times: 1 });
  const broken = client().releasesOf(idOf('Album 5'), 0, caller);

  await expect(broken).rejects.toBeInstanceOf(ProviderUnreadable);
});

test('redirects are followed in turns of their own, a few times', async () => {
  simulator.fail({ kind: 'redirect', times: 2 });
  const page = await client().releasesOf(idOf('Single Pressing'), 0, caller);
  expect([page?.received, turns]).toEqual([1, 3]);

  simulator.fail({ kind: 'redirect' });
  await expect(client().releasesOf(idOf('Single Pressing'), 0, caller)).rejects.toThrow('redirects more than 3 times');
});

test('a call that is no longer wanted ends at once with the reason', async () => {
  simulator.fail({ kind: 'timeout' });
  const stopping = new AbortController();

  const page = client({ timeoutMs: 60_000 }).releasesOf(idOf('Album 5'), 0, { signal: stopping.signal, through });
  stopping.abort(new Error('shutdown'));

  await expect(page).rejects.toThrow('shutdown');
});

test('a merged release is found under its new id', async () => {
  const [kept, merged] = simulator.catalogue.releasesOf(idOf('Album 5')) ?? [];
  simulator.catalogue.merge(String(merged?.id), String(kept?.id));

  expect(await client().findRelease(String(merged?.id), caller)).toEqual({
    id: kept?.id,
    releaseGroupId: idOf('Album 5'),
  });
});
