import type { JobsOptions } from '../runtime/options.ts';
import { checkedSchedules } from './checked-schedules.ts';
import { ScheduleDesk } from './schedule-desk.ts';
import { Ticker, type TickerParts } from './ticker.ts';

/** What fires schedules, and where people look at them. @throws Error when a declaration is wrong. */
export function scheduleRoom(
  { schedules = [], timeZone = 'UTC' }: JobsOptions,
  parts: Omit<TickerParts, 'schedules' | 'timeZone'>,
): { schedules: ScheduleDesk; ticker: Ticker } {
  const declared = checkedSchedules(schedules, parts.definitions, timeZone);
  return { schedules: new ScheduleDesk(parts), ticker: new Ticker({ ...parts, schedules: declared, timeZone }) };
}
