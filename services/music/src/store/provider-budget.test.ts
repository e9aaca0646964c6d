import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises'; // waits: a provider that takes its time
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { ProviderBudget, TurnLost } from './provider-budget.ts';

let database: Connection;
beforeAll(async () => {
  database = mongoose.createConnection(components().mongodbUri, { dbName: `music-${randomUUID().slice(0, 8)}` });
  await database.asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
});

const never = new AbortController().signal;
const log = { warn: () => undefined };

/** Replicas of one provider's budget; each test has a provider of its own. */
function replicas(count: number, { intervalMs = 20, leaseMs = 3_000 } = {}): ProviderBudget[] {
  const name = `provider-${randomUUID()}`;
  return Array.from({ length: count }, () => new ProviderBudget(database, { name, intervalMs, leaseMs, log }));
}

test('of three replicas nobody asks before the interval after the last answer', async () => {
  const budgets = replicas(3);
  const asked: { at: number; answeredAt: number }[] = [];
  const ask = (budget: ProviderBudget) =>
    budget.spend(async (turn) => {
      turn.begin();
      const at = performance.now();
      await delay(3); // waits: a provider that takes its time
      asked.push({ at, answeredAt: performance.now() });
    }, never);

  await Promise.all(budgets.flatMap((budget) => Array.from({ length: 8 }, () => ask(budget))));

  const gaps = asked.slice(1).map(({ at }, place) => at - (asked[place]?.answeredAt ?? 0));
  expect(asked).toHaveLength(24);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20);
});

test('what a provider asks to wait is waited for by all replicas', async () => {
  const [first, second] = replicas(2) as [ProviderBudget, ProviderBudget];
  const refused = Object.assign(new Error('busy'), { retryAfterMs: 300 });

  const refusal = first.spend(async (turn) => {
    turn.begin();
    throw refused;
  }, never);
  await expect(refusal).rejects.toBe(refused);
  const refusedAt = performance.now();
  await second.spend(async (turn) => turn.begin(), never);

  expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(295);
  expect(await first.read()).toMatchObject({ requests: 2, failures: 1, failuresInARow: 0, holder: null });
});

test('a turn that was not used costs nobody an interval', async () => {
  const [first, second] = replicas(2, { intervalMs: 30_000 }) as [ProviderBudget, ProviderBudget];

  await first.spend(async () => undefined, never);
  await second.spend(async (turn) => turn.begin(), never);

  expect(await second.read()).toMatchObject({ requests: 1 });
});

test('the turn of a replica that died passes on after its lease', async () => {
  const [dead, next] = replicas(2, { leaseMs: 200 }) as [ProviderBudget, ProviderBudget];
  await dead.spend(async (turn) => turn.begin(), never);
  await database
    .collection<{ _id: string }>('provider_budgets')
    .updateOne({ _id: dead.name }, { $set: { holder: 'nobody', leaseUntil: new Date(Date.now() + 200) } });
  const diedAt = performance.now();

  await next.spend(async (turn) => turn.begin(), never);

  expect(performance.now() - diedAt).toBeGreaterThanOrEqual(190);
});

test('a holder whose turn was taken from it is told so, and gives back nothing', async () => {
  const [budget] = replicas(1, { leaseMs: 60 }) as [ProviderBudget];
  const rows = database.collection<{ _id: string }>('provider_budgets');

  const lost = budget.spend(async (turn) => {
    turn.begin();
    await rows.updateOne({ _id: budget.name }, { $set: { holder: 'another' } });
    await new Promise((_, reject) => turn.signal.addEventListener('abort', () => reject(turn.signal.reason)));
  }, never);

  await expect(lost).rejects.toThrow(TurnLost);
  expect(await budget.read()).toMatchObject({ holder: 'another', requests: 0 });
});

test('who no longer wants a turn leaves the line, and the others move up', async () => {
  const [budget] = replicas(1) as [ProviderBudget];
  const leaving = new AbortController();
  const slow = budget.spend(async (turn) => {
    turn.begin();
    leaving.abort(new Error('shutdown'));
  }, never);
  const gone = budget.spend(async (turn) => turn.begin(), leaving.signal);
  const behind = budget.spend(async () => 'asked', never);

  await slow;
  await expect(gone).rejects.toThrow('shutdown');
  await expect(behind).resolves.toBe('asked');
  expect(budget.waiting).toBe(0);
});
