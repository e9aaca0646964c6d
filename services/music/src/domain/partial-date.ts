export const datePrecisions = ['year', 'month', 'day'] as const;

/** A date as precise as somebody knew it: `1973`, `1973-03` or `1973-03-01`; both are null for none. */
export type PartialDate = {
  readonly date: string | null;
  readonly datePrecision: (typeof datePrecisions)[number] | null;
};

const none: PartialDate = { date: null, datePrecision: null };

/** Reads what providers give as a date. What is impossible in it is left out: of `1973-13-40` the year remains. Never throws. */
export function partialDate(text: string | null | undefined): PartialDate {
  const [, year = '', month = '', day = ''] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(text ?? '') ?? [];
  if (!year || year === '0000') return none;
  if (!isBetween(month, 1, 12)) return { date: year, datePrecision: 'year' };
  if (!isBetween(day, 1, daysIn(Number(year), Number(month))))
    return { date: `${year}-${month}`, datePrecision: 'month' };
  return { date: `${year}-${month}-${day}`, datePrecision: 'day' };
}

const isBetween = (digits: string, least: number, most: number): boolean =>
  digits !== '' && Number(digits) >= least && Number(digits) <= most;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
