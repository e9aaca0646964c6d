import type { Collections } from '../record/collections.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import type { Caller } from './caller.ts';
import type { SlotRow } from './gate-row.ts';
import type { Gates } from './gates.ts';
import type { Slots } from './slots.ts';
import type { Waiters } from './waiters.ts';

const PAGE = 1_000;
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
  cursor: string;
};

/**
 * Gives back slots whose job has ended or never came to be, calls at every gate that has room, and forgets what is no
 * longer used. @returns where the next round begins among the gates.
 */
export async function reconcileLimits(parts: Parts): Promise<string> {
  await countWorkers(parts);
  await freeLeaked(parts);
  const gates = await parts.waiters.gatesAfter(parts.cursor, PAGE);
  await parts.caller.call(gates);
  await forgetUnused(parts);
  return gates.length === PAGE ? (gates.at(-1) ?? '') : '';
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

async function freeLeaked({ collections, slots, caller, now }: Parts): Promise<void> {
  const live = await collections.slots
    .find({ until: { $gt: now } })
    .limit(PAGE * 10)
    .toArray();
  if (live.length === 0) return;
  const records = await collections.jobs
    .find({ _id: { $in: [...new Set(live.map(({ jobId }) => jobId))] } }, { projection: { state: 1 } })
    .toArray();
  const states = new Map(records.map(({ _id, state }) => [_id, state]));
  const isYoung = ({ at }: SlotRow) => now.getTime() - at.getTime() < SETTLES_MS;
  const leaked = live.filter((slot, index) => {
    const state = states.get(slot.jobId);
    const isDouble = live.findIndex(({ gate, jobId }) => gate === slot.gate && jobId === slot.jobId) < index;
    return isDouble || (state ? !mayHold(slot, state) : !isYoung(slot));
  });
  await slots.free(leaked);
  await caller.call(leaked.map(({ gate }) => gate));
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
