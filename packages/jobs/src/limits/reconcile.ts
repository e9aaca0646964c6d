import type { Collections } from '../record/collections.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import type { Caller } from './caller.ts';
import type { SlotRow } from './gate-row.ts';
import type { Gates } from './gates.ts';
import { liveSlots } from './places.ts';
import type { Slots } from './slots.ts';
import type { Waiters } from './waiters.ts';

const PAGE = 1_000;
/** A round looks at so many of them; the next one goes on from there. */
const PAGES_A_ROUND = 10;
/** A job that is being written by its enqueuer, or ended and reopened, is given this time to be seen. */
const SETTLES_MS = 10_000;
/** Free slots and unused gates are forgotten after this time. */
const FORGET_MS = 6 * 3_600_000;

type Parts = {
  collections: Collections;
  gates: Gates;
  slots: Slots;
  waiters: Waiters;
  caller: Caller;
  now: Date;
  leaseMs: number;
  /** Where the last round has ended. */
  place: ReconcilePlace;
};

/** The last gate with waiters and the last slot that a round has looked at; '' for the beginning. */
export type ReconcilePlace = { readonly gate: string; readonly slot: string };

/**
 * Gives back slots whose job has ended or never came to be, calls at every gate that has room, and forgets what is no
 * longer used. @returns where the next round begins: after the last it begins anew.
 */
export async function reconcileLimits(parts: Parts): Promise<ReconcilePlace> {
  await countWorkers(parts);
  const slot = await freeLeaked(parts);
  const gates = await parts.waiters.gatesAfter(parts.place.gate, PAGE);
  await parts.caller.call(gates);
  await forgetUnused(parts);
  return { gate: gates.length === PAGE ? (gates.at(-1) ?? '') : '', slot };
}

async function countWorkers({ collections, gates, now, leaseMs }: Parts): Promise<void> {
  const present = await collections.workers
    .find({ heartbeatAt: { $gte: new Date(now.getTime() - leaseMs) } })
    .toArray();
  const slots = new Map<string, number>();
  for (const worker of present)
    for (const queue of worker.queues) slots.set(queue, (slots.get(queue) ?? 0) + worker.slots);
  gates.countWorkers(slots);
}

/** @returns the last slot that was looked at, '' when there are no more behind it. */
async function freeLeaked(parts: Parts): Promise<string> {
  let last = parts.place.slot;
  for (let page = 0; page < PAGES_A_ROUND; page++) {
    const held = await parts.slots.heldAfter(last, PAGE, parts.now);
    const leaked = await leakedOf(parts, held);
    await parts.slots.free(leaked);
    await parts.caller.call(leaked.map(({ gate }) => gate));
    if (held.length < PAGE) return '';
    last = held.at(-1)?._id ?? '';
  }
  return last;
}

async function leakedOf({ collections, slots, now }: Parts, held: readonly SlotRow[]): Promise<SlotRow[]> {
  if (held.length === 0) return [];
  const jobIds = [...new Set(held.map(({ jobId }) => jobId))];
  const [records, rows] = await Promise.all([
    collections.jobs.find({ _id: { $in: jobIds } }, { projection: { state: 1 } }).toArray(),
    slots.ofJobs(jobIds),
  ]);
  const states = new Map(records.map(({ _id, state }) => [_id, state]));
  const firsts = firstOfEach(liveSlots(rows, now));
  const isYoung = ({ at }: SlotRow) => now.getTime() - at.getTime() < SETTLES_MS;
  return held.filter((slot) => {
    const state = states.get(slot.jobId);
    const isDouble = firsts.get(holding(slot))?._id !== slot._id;
    return isDouble || (state ? !mayHold(slot, state) : !isYoung(slot));
  });
}

const holding = ({ gate, jobId }: SlotRow): string => JSON.stringify([gate, jobId]);

/** Of several slots that a job holds at one gate, the first by id is its own; the others may lie on other pages. */
function firstOfEach(slots: readonly SlotRow[]): Map<string, SlotRow> {
  const firsts = new Map<string, SlotRow>();
  for (const slot of slots) {
    const first = firsts.get(holding(slot));
    if (!first || slot._id < first._id) firsts.set(holding(slot), slot);
  }
  return firsts;
}

function mayHold({ hold }: SlotRow, state: JobRecord['state']): boolean {
  if (isTerminal(state)) return false;
  // An attempt that waits lets its slot run out, so that a job which is called just now keeps it.
  return hold !== 'turn' || state === 'available' || state === 'executing';
}

async function forgetUnused({ collections, now }: Parts): Promise<void> {
  const before = new Date(now.getTime() - FORGET_MS);
  await collections.slots.deleteMany({ until: { $lte: before }, at: { $lt: before } });
  const unused = await collections.gates
    .find({ usedAt: { $lt: before } })
    .limit(PAGE)
    .toArray();
  const gates = unused.map(({ _id }) => _id);
  if (gates.length === 0) return;
  const busy = new Set([
    ...(await collections.slots.find({ gate: { $in: gates }, until: { $gt: now } }).toArray()).map(({ gate }) => gate),
    ...(await collections.waiters.distinct('gate', { gate: { $in: gates } })),
  ]);
  await collections.gates.deleteMany({
    _id: { $in: gates.filter((gate) => !busy.has(gate)) },
    usedAt: { $lt: before },
  });
}
