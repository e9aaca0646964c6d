import type { Connection } from 'mongoose';
import { DatabaseClock } from './database-clock.ts';

/** A server whose clock is ahead by so much, and that answers so much later than it has looked at it. */
const server = ({ aheadMs, lateMs }: { aheadMs: number; lateMs: number }) => {
  const state = { aheadMs, lateMs };
  const command = async () => {
    const localTime = new Date(Date.now() + state.aheadMs);
    const until = Date.now() + state.lateMs;
    while (Date.now() < until) await new Promise(setImmediate);
    return { localTime };
  };
  const database = { name: 'any', getClient: () => ({ db: () => ({ command }) }) } as unknown as Connection;
  return { state, database };
};
const aheadMs = (clock: DatabaseClock) => clock.now().getTime() - Date.now();

test('the clock follows a server whose clock differs by more than the answer took', async () => {
  const { database } = server({ aheadMs: 5_000, lateMs: 10 });
  const clock = new DatabaseClock(database, 20_000);

  await clock.sync();

  expect(Math.abs(aheadMs(clock) - 5_000)).toBeLessThanOrEqual(20);
});

test('a slow answer does not move a clock that it does not contradict', async () => {
  const { database, state } = server({ aheadMs: 0, lateMs: 0 });
  const clock = new DatabaseClock(database, 20_000);
  await clock.sync();

  state.lateMs = 200;
  await clock.sync();

  expect(Math.abs(aheadMs(clock))).toBeLessThanOrEqual(2);
});
