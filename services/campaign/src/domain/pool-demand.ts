/** How many campaigns were asked for in a minute. */
export type Demand = { readonly at: Date; readonly asked: number };

export type Recommendation = { readonly size: number; readonly why: string };

/** Half of the moving average comes from the last quarter of an hour. */
const HALF_LIFE_MINUTES = 15;
const MINUTE_MS = 60_000;

/**
 * How many ready members the demand calls for: what the busiest window of a refill asked for, or the moving average with half as much
 * again, whichever is more. A fall in demand does not shrink it within the window: a peak that has just passed may come back.
 * @param refillMs how long a claimed place takes until it is ready again. @param bounds what the policy allows.
 */
export function recommendedSize(
  demand: readonly Demand[],
  { refillMs, now, bounds }: { refillMs: number; now: Date; bounds: { min: number; max: number } },
): Recommendation {
  const refillMinutes = Math.max(1, Math.ceil(refillMs / MINUTE_MS));
  const peak = busiest(demand, refillMinutes);
  const perMinute = movingAverage(demand, now);
  const wanted = Math.max(peak, Math.ceil(perMinute * refillMinutes * 1.5));
  const size = Math.min(bounds.max, Math.max(bounds.min, wanted));
  const measured = `the busiest ${refillMinutes} min asked for ${peak}, the moving average is ${perMinute.toFixed(2)} a minute, a place takes ${Math.round(refillMs / 100) / 10} s to refill`;
  const bound =
    size === wanted
      ? ''
      : `; ${wanted} is ${wanted < size ? 'below the least' : 'above the most'} that the policy allows`;
  return { size, why: measured + bound };
}

/** The most that was asked for in so many minutes one after the other. */
function busiest(unsorted: readonly Demand[], minutes: number): number {
  const demand = unsorted
    .filter(({ asked }) => asked > 0)
    .toSorted((one, other) => one.at.getTime() - other.at.getTime());
  const windowMs = minutes * MINUTE_MS;
  let [most, sum, first] = [0, 0, 0];
  for (const { at, asked } of demand) {
    sum += asked;
    for (let gone = demand[first]; gone && at.getTime() - gone.at.getTime() >= windowMs; gone = demand[++first])
      sum -= gone.asked;
    most = Math.max(most, sum);
  }
  return most;
}

/** Exponentially weighted by age, per minute; minutes without a row count as 0. */
function movingAverage(demand: readonly Demand[], now: Date): number {
  const decay = 0.5 ** (1 / HALF_LIFE_MINUTES);
  const weightOf = (at: Date) => decay ** Math.max(0, Math.floor((now.getTime() - at.getTime()) / MINUTE_MS));
  return demand.reduce((sum, { at, asked }) => sum + asked * weightOf(at), 0) * (1 - decay);
}
