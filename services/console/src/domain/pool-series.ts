/** A minute of a pool in which something was counted or looked at. */
export type PoolPoint = {
  readonly at: string;
  readonly hits: number;
  readonly misses: number;
  readonly ready: number | null;
  readonly building: number | null;
};

type Field = 'hits' | 'misses' | 'ready' | 'building';

/** A value for each minute; null where nothing is known. */
export type PoolSeries = Readonly<Record<Field, readonly (number | null)[]>>;

const minuteMs = 60_000;

/**
 * Every minute of a stretch, of the minutes in which something happened: in the others nothing was counted, and a level is as it
 * was seen last. Before the first nothing is known.
 * @param from in milliseconds since 1970, a whole minute. @param minutes how many; none give empty lists.
 */
export function everyMinute(points: readonly PoolPoint[], from: number, minutes: number): PoolSeries {
  const byMinute = new Map(points.map((point) => [Date.parse(point.at), point]));
  const filled: (PoolPoint | undefined)[] = [];
  for (let index = 0; index < minutes; index++) {
    filled.push(after(filled.at(-1), byMinute.get(from + index * minuteMs)));
  }
  const of = (field: Field) => filled.map((point) => point?.[field] ?? null);
  return { hits: of('hits'), misses: of('misses'), ready: of('ready'), building: of('building') };
}

function after(before: PoolPoint | undefined, told: PoolPoint | undefined): PoolPoint | undefined {
  if (!told) return before && { ...before, hits: 0, misses: 0 };
  return { ...told, ready: told.ready ?? before?.ready ?? null, building: told.building ?? before?.building ?? null };
}

/** The beginnings of the minutes. */
export const minutesFrom = (from: number, minutes: number): readonly string[] =>
  Array.from({ length: minutes }, (_, index) => new Date(from + index * minuteMs).toISOString());
