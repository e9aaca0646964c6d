/** The value below which a fraction of the values lies (nearest rank). @param values at least one, in any order. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  const value = sorted[rank];
  if (value === undefined) throw new Error('quantile of no values');
  return value;
}

/** The middle value, or the mean of the two middle ones. @param values at least one. */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5) + quantile(values, (Math.floor(values.length / 2) + 1) / values.length)) / 2;
}

/** Calls `act` for the i-th time at i / perSecond seconds, never waiting for it. Resolves when all have been called. */
export async function atRate(perSecond: number, times: number, act: (index: number) => void): Promise<void> {
  const begin = performance.now();
  for (let index = 0; index < times; index++) {
    const waitMs = begin + (index * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    act(index);
  }
}
