import { Temporal } from 'temporal-polyfill';

/** A span of every day by the clock on the wall, `HH:MM`; it may go past midnight. From `from`, inclusive, to `to`, exclusive. */
export type QuietHours = { readonly from: string; readonly to: string };

export const digestFrequencies = ['immediate', 'hourly', 'daily'] as const;
export type DigestFrequency = (typeof digestFrequencies)[number];

/**
 * Until when somebody is not to be disturbed; null when they may be. Equal ends are no span at all. An end that the
 * clock skips is the moment after the skip; one that it passes twice is the one that comes next.
 * @param timeZone IANA.
 */
export function quietUntil(quiet: QuietHours | null, timeZone: string, now: Date): Date | null {
  if (!quiet || quiet.from === quiet.to) return null;
  const local = zoned(now, timeZone);
  const [time, from, to] = [local.toPlainTime(), plain(quiet.from), plain(quiet.to)];
  const [isAfterFrom, isBeforeTo] = [atOrAfter(time, from), !atOrAfter(time, to)];
  const wraps = atOrAfter(from, to);
  if (wraps ? !(isAfterFrom || isBeforeTo) : !(isAfterFrom && isBeforeTo)) return null;
  return nextAt(isBeforeTo ? local.toPlainDate() : local.toPlainDate().add({ days: 1 }), to, timeZone, now);
}

/**
 * The end of the span in which a notice is gathered: the next full hour, or the next time of the day at `dailyAt`, by
 * the clock on the wall. Always after `now`. A day's time that the clock passes twice counts the first time only.
 */
export function digestEnd(
  frequency: Exclude<DigestFrequency, 'immediate'>,
  { dailyAt, timeZone }: { readonly dailyAt: string; readonly timeZone: string },
  now: Date,
): Date {
  const local = zoned(now, timeZone);
  if (frequency === 'hourly') {
    return dateOf(local.round({ smallestUnit: 'hour', roundingMode: 'floor' }).add({ hours: 1 }));
  }
  const today = dateOf(at(local.toPlainDate(), plain(dailyAt), timeZone, 'compatible'));
  if (today > now) return today;
  return dateOf(at(local.toPlainDate().add({ days: 1 }), plain(dailyAt), timeZone, 'compatible'));
}

/** That time of that day, or its second passing when the first is over. */
function nextAt(day: Temporal.PlainDate, time: Temporal.PlainTime, timeZone: string, now: Date): Date {
  const first = dateOf(at(day, time, timeZone, 'compatible'));
  return first > now ? first : dateOf(at(day, time, timeZone, 'later'));
}

const zoned = (now: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);

const plain = (time: string) => Temporal.PlainTime.from(time);

const atOrAfter = (one: Temporal.PlainTime, other: Temporal.PlainTime): boolean =>
  Temporal.PlainTime.compare(one, other) >= 0;

const at = (
  day: Temporal.PlainDate,
  time: Temporal.PlainTime,
  timeZone: string,
  disambiguation: 'compatible' | 'later',
) => day.toPlainDateTime(time).toZonedDateTime(timeZone, { disambiguation });

const dateOf = (time: Temporal.ZonedDateTime): Date => new Date(time.epochMilliseconds);
