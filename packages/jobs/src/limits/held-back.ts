import type { JobRecord } from '../record/record.ts';

/** The gate calls a job that it holds back. Should its row among the waiters be lost, the sweeper rings after this time. */
const WAKE_MS = 3_600_000;

/** Whether nothing but a gate keeps a job from running; the gate calls it, so nobody else has to ring for it. */
export const isHeldBack = ({ waitingFor }: Pick<JobRecord, 'waitingFor'>): boolean =>
  waitingFor !== undefined && /^(limit|rate|turn):/.test(waitingFor);

/** What stands in the record of a job that waits at a gate. */
export const heldBackFor = (gate: string, now: Date): Required<Pick<JobRecord, 'waitingFor' | 'wakeAt'>> => ({
  waitingFor: gate,
  wakeAt: new Date(now.getTime() + WAKE_MS),
});
