import { nextTick, ticksThrough } from './cron.ts';
import type { ScheduleRow } from './schedule-row.ts';

/** Of an outage with more ticks than this, the older ones are dropped, and the log says so. */
export const MAX_CAUGHT_UP = 1_000;
const LONGEST_GRACE_MS = 30_000;

/** What is to be done with the ticks that are due. */
export type Decision = {
  /** In their order. */
  readonly fire: Date[];
  /** Ticks that were noticed too late, whether fired or not. */
  readonly missed: number;
  /** There were more ticks than are looked at. */
  readonly isCut: boolean;
  readonly nextAt: Date;
};

/** Decides upon all ticks from `nextAt` through `now`, of which there is at least one. Pure. */
export function decide(
  row: Pick<ScheduleRow, 'cron' | 'timeZone' | 'misfire' | 'graceMs' | 'nextAt'>,
  now: Date,
): Decision {
  const { ticks, isCut } = ticksThrough(row, row.nextAt, now, MAX_CAUGHT_UP);
  const latest = ticks.at(-1) ?? row.nextAt;
  const nextAt = nextTick(row, latest);
  const graceMs = row.graceMs ?? Math.min(LONGEST_GRACE_MS, (nextAt.getTime() - latest.getTime()) / 2);
  const isMissed = (tick: Date) => now.getTime() - tick.getTime() > graceMs;
  const missed = ticks.filter(isMissed);
  const onTime = ticks.filter((tick) => !isMissed(tick));
  return { fire: chosen(row.misfire, ticks, missed, onTime), missed: missed.length, isCut, nextAt };
}

function chosen(misfire: ScheduleRow['misfire'], ticks: Date[], missed: Date[], onTime: Date[]): Date[] {
  switch (misfire) {
    case 'skip':
      return onTime;
    case 'once':
      return onTime.length > 0 ? onTime : missed.slice(-1);
    case 'all':
      return ticks;
  }
}
