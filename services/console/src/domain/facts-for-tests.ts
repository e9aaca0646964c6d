import type { Facts, Queue } from './facts.ts';

/** The time at which the facts of tests are told. */
export const now = new Date('2026-01-01T12:00:00.000Z');

/** A cluster in which nothing is wrong and nothing happens, but for what is given. */
export const facts = (given: Partial<Facts> = {}): Facts => ({
  at: now,
  services: [{ service: 'campaign', reasons: [] }],
  away: [],
  queues: [],
  workers: [],
  ledger: [],
  breakers: [],
  deadLetters: [],
  pools: [],
  history: { ended: [], failed: [], backlog: [], unsent: [], claims: [] },
  ...given,
});

/** A queue of campaign at rest. */
export const queue = (given: Partial<Queue> = {}): Queue => ({
  service: 'campaign',
  name: 'campaign.seeding',
  ready: 0,
  running: 0,
  later: 0,
  oldestWaitMs: null,
  paused: false,
  rates: { enqueued: 0, started: 0, ended: 0 },
  ...given,
});
