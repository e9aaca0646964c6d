const dayMs = 86_400_000;
/** An album is new for so long after its first release: entries are still being completed then. */
const newForDays = 365;
const everyDays = { new: 1, old: 30 } as const;

/**
 * When an album is to be looked at again: new ones daily, old ones monthly, spread over the time so that not all come at once.
 * @param firstDate of its earliest release, as precise as it is known; null counts as new.
 * @param spread 0 to 1, e.g. random: moves the time forward by up to a tenth.
 */
export function nextRefreshAt(firstDate: string | null, now: Date, spread: number): Date {
  const firstMs = firstDate ? Date.parse(firstDate) : now.getTime();
  const isNew = now.getTime() - firstMs < newForDays * dayMs;
  const days = isNew ? everyDays.new : everyDays.old;
  return new Date(now.getTime() + days * dayMs * (1 - spread / 10));
}
