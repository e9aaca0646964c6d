import { Cron } from 'croner';
import { asError } from '../runtime/errors.ts';

/** When something is due: five or six cron fields (minutes first, or seconds), read by the clocks of a time zone. */
export type CronRule = { readonly cron: string; readonly timeZone: string };

const FIELDS = /^\S+(?:\s+\S+){4,5}$/;

/** What is wrong with a rule, by field; empty when it can be followed. */
export function cronErrors({ cron, timeZone }: CronRule): { field: 'cron' | 'timeZone'; message: string }[] {
  if (!isZone(timeZone))
    return [{ field: 'timeZone', message: `must be an IANA time zone such as Europe/Berlin, got ${quoted(timeZone)}` }];
  if (!FIELDS.test(cron.trim()))
    return [{ field: 'cron', message: `must have five fields, or six with seconds first, got ${quoted(cron)}` }];
  try {
    const isEverDue = reading({ cron, timeZone }).nextRun(new Date()) !== null;
    return isEverDue ? [] : [{ field: 'cron', message: `is never due: ${quoted(cron)}` }];
  } catch (error) {
    return [{ field: 'cron', message: `cannot be read: ${asError(error).message}` }];
  }
}

/** The first tick after a time. @throws when there is none, which {@link cronErrors} tells of beforehand. */
export function nextTick(rule: CronRule, after: Date): Date {
  const tick = reading(rule).nextRun(after);
  if (!tick) throw new Error(`cron ${quoted(rule.cron)}: is never due after ${after.toISOString()}`);
  return tick;
}

/** The ticks after a time, in their order. */
export const nextTicks = (rule: CronRule, after: Date, count: number): Date[] => reading(rule).nextRuns(count, after);

/**
 * The ticks from `first` (itself one) through `until`. Of more than `max` the latest are given, and `isCut` says so:
 * looking for all would take long when somebody comes back after a month to a rule of every second.
 */
export function ticksThrough(rule: CronRule, first: Date, until: Date, max: number): { ticks: Date[]; isCut: boolean } {
  const ticks = forward(rule, first, until, max);
  if (ticks.length <= max) return { ticks, isCut: false };
  const [oldest = first] = reading(rule)
    .previousRuns(max, new Date(until.getTime() + 1))
    .toSorted((one, other) => one.getTime() - other.getTime());
  return { ticks: forward(rule, oldest, until, max).slice(-max), isCut: true };
}

/** At most one more than `max`, so that the caller sees that there are more. */
function forward(rule: CronRule, first: Date, until: Date, max: number): Date[] {
  const cron = reading(rule);
  const ticks: Date[] = [];
  for (let tick: Date | null = first; tick && tick <= until && ticks.length <= max; tick = cron.nextRun(tick))
    ticks.push(tick);
  return ticks;
}

const reading = ({ cron, timeZone }: CronRule) =>
  new Cron(cron.trim(), { timezone: timeZone, paused: true, mode: '5-or-6-parts' });

function isZone(timeZone: string): boolean {
  try {
    return timeZone !== '' && Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

const quoted = (text: string) => JSON.stringify(text);
