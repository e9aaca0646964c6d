import { facts, now, queue } from './facts-for-tests.ts';
import { incidentsOf } from './incidents.ts';

const idsOf = (given: Parameters<typeof facts>[0]) => incidentsOf(facts(given)).map(({ id }) => id);

const worker = { service: 'campaign', id: 'w', queues: ['campaign.seeding'], state: 'running' } as const;

test('a cluster in which nothing is wrong has no incident', () => {
  const ledger = [{ service: 'campaign', name: 'campaign.seed', imbalance: 0 } as const];
  const breakers = [{ service: 'music', name: 'musicbrainz', state: 'half-open' } as const];
  const queues = [queue({ ready: 3, oldestWaitMs: 60_000 })];

  expect(idsOf({ ledger, breakers, queues, workers: [worker] })).toEqual([]);
});

test('a service that lacks something is an alarm with all that it lacks', () => {
  const services = [{ service: 'music', reasons: ['RabbitMQ is away', 'NATS is away'] } as const];

  expect(incidentsOf(facts({ services }))).toEqual([
    {
      id: 'not-ready:music',
      severity: 'alarm',
      title: 'music is not ready',
      cause: 'RabbitMQ is away; NATS is away',
      href: '/workers?service=music',
      remedy: null,
    },
  ]);
});

test('work that nobody takes is an alarm: workers of other queues, of other services and resting ones do not count', () => {
  const queues = [queue({ ready: 1 })];
  const others = [
    { ...worker, queues: ['campaign.pool'] },
    { ...worker, service: 'music' as const },
    { ...worker, state: 'quiet' },
  ];

  expect(idsOf({ queues, workers: others })).toEqual(['unworked:campaign:campaign.seeding']);
  expect(idsOf({ queues, workers: [...others, worker] })).toEqual([]);
});

test('a paused queue is told of while work waits in it, with resuming as the remedy, and is not called slow or unworked', () => {
  const queues = [
    queue({ name: 'campaign.images/x', ready: 2, paused: true, oldestWaitMs: 999_999 }),
    queue({ paused: true }),
  ];

  expect(incidentsOf(facts({ queues }))).toMatchObject([
    {
      id: 'paused:campaign:campaign.images/x',
      severity: 'warning',
      remedy: { label: 'Resume it', path: '/api/campaign/queues/campaign.images%2Fx/resume' },
    },
  ]);
});

test('a queue is behind when its oldest due job waits for more than a minute', () => {
  const behind = (oldestWaitMs: number) => idsOf({ queues: [queue({ ready: 1, oldestWaitMs })], workers: [worker] });

  expect(behind(60_000)).toEqual([]);
  expect(behind(60_001)).toEqual(['slow:campaign:campaign.seeding']);
});

test('a death is news for ten minutes', () => {
  const letter = (ageMs: number) => ({
    service: 'campaign' as const,
    fingerprint: `f${ageMs}`,
    name: 'campaign.seed',
    message: 'campaign does not exist',
    count: ageMs === 0 ? 1 : 7,
    lastAt: new Date(now.getTime() - ageMs).toISOString(),
  });

  const told = incidentsOf(facts({ deadLetters: [letter(0), letter(599_999), letter(600_000)] }));

  expect(told.map(({ cause, href }) => [cause, href])).toEqual([
    ['campaign does not exist', '/dead-letters/campaign/f0'],
    ['7 times: campaign does not exist', '/dead-letters/campaign/f599999'],
  ]);
});

test('alarms stand before warnings, and a remedy is what its service takes', () => {
  const pool = { type: 'master', status: 'critical', counts: { ready: 0 }, metrics: { hits: 0, misses: 0 } };
  const told = incidentsOf(
    facts({
      pools: [pool, { ...pool, type: 'other', status: 'low' }],
      breakers: [{ service: 'music', name: 'musicbrainz', state: 'open' }],
      ledger: [{ service: 'projects', name: 'project.setup', imbalance: -2 }],
    }),
  );

  expect(told.map(({ id, severity, remedy }) => [severity, id, remedy?.path])).toEqual([
    ['alarm', 'imbalance:projects:project.setup', undefined],
    ['warning', 'breaker:music:musicbrainz', '/api/music/breakers/musicbrainz/close'],
    ['warning', 'pool:master', '/api/campaign/pools/master/refill'],
  ]);
});
