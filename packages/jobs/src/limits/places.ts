import type { SlotRow } from './gate-row.ts';

/** The slots that somebody holds. */
export const liveSlots = (rows: readonly SlotRow[], now: Date): SlotRow[] => rows.filter(({ until }) => until > now);

/** Taken in the job's name by who calls it, and not yet by whoever is to run it. */
export const isReserved = ({ owner }: SlotRow): boolean => owner === '';

/**
 * The numbers of the slots that may be taken. After `max` was lowered, those above it count until they are given back.
 * @param rows all of one gate.
 */
export function freePlaces(rows: readonly SlotRow[], max: number, now: Date): number[] {
  const live = liveSlots(rows, now);
  const held = new Set(live.map(({ i }) => i));
  const free: number[] = [];
  for (let i = 0; i < max && free.length < max - live.length; i++) if (!held.has(i)) free.push(i);
  return free;
}
