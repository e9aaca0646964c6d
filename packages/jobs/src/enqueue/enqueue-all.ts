import type { JobDefinition } from '../define/define-job.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { JobRecord } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import type { Enqueued, Enqueuer } from './enqueuer.ts';
import { checkedPayload, type EnqueueOptions, newRecord } from './new-record.ts';
import { beingTaken, held } from './unique-conflicts.ts';
import type { UniqueKeys } from './unique-keys.ts';

/** One of several that are commanded together. */
export type Command = {
  readonly definition: JobDefinition;
  readonly payload: unknown;
  readonly options: Omit<EnqueueOptions, 'session'>;
};

type Parts = {
  collections: Collections;
  enqueuer: Enqueuer;
  keys: UniqueKeys;
  clock: DatabaseClock;
  redispatchMs: number;
};
export type Placed = { readonly index: number; readonly record: JobRecord; readonly definition: JobDefinition };

/**
 * Accepts all commands of a list or none of them: whatever can be refused is checked, and keys under `reject` are taken,
 * before the first record is written. Repeating the list with the same ids finds what stands.
 * @returns one answer each, in the order of the list.
 * @throws JobsError as {@link Enqueuer.enqueue}, with the place of the command in `details.index`.
 */
export async function enqueueAll(parts: Parts, commands: readonly Command[]): Promise<Enqueued[]> {
  const named = commands.map(({ options, ...command }) => ({
    ...command,
    options: { ...options, id: options.id ?? newId() },
  }));
  const placed = placedOf(named, { now: parts.clock.now(), redispatchMs: parts.redispatchMs });
  await takeKeys(parts, placed.filter(isRefusable));
  return Promise.all(
    named.map(({ definition, payload, options }) => parts.enqueuer.enqueue(definition, payload, options)),
  );
}

/** The records that would be written. @throws JobsError with the place of the first command that can be refused by itself. */
export function placedOf(commands: readonly Command[], timing: { now: Date; redispatchMs: number }): Placed[] {
  return commands.map(({ definition, payload, options }, index) => {
    try {
      return { index, definition, record: newRecord(definition, checkedPayload(definition, payload), options, timing) };
    } catch (error) {
      throw error instanceof JobsError ? inPlace(error, index) : error;
    }
  });
}

/** Under every other rule somebody stands for the command, or waits. */
export const isRefusable = ({ definition, record }: Placed): boolean =>
  definition.unique?.onConflict === 'reject' && record.key !== undefined;

/** Whoever enqueues under the same id afterwards finds its key its own. One that was accepted before needs none. */
async function takeKeys({ collections, keys }: Parts, wanting: readonly Placed[]): Promise<void> {
  if (wanting.length === 0) return;
  const ids = wanting.map(({ record }) => record._id);
  const there = await collections.jobs.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
  const known = new Set(there.map(({ _id }) => _id));
  const fresh = wanting.filter(({ record }) => !known.has(record._id));
  refuseTwice(fresh);
  const claims = await Promise.all(
    fresh.map(({ record: { key = '', _id }, definition }) => keys.take(key, _id, definition.unique?.windowMs ?? 0)),
  );
  const place = claims.findIndex(({ kind }) => kind === 'held');
  const [claim, refused] = [claims[place], fresh[place]];
  if (claim?.kind !== 'held' || !refused) return;
  const taken = fresh.filter((_, index) => claims[index]?.kind === 'taken');
  await keys.giveBack(new Map(taken.map(({ record: { key = '', _id } }) => [key, _id])));
  throw inPlace(claim.by ? held(refused.record, claim.by) : beingTaken(refused.record), refused.index);
}

/** Of two with one key in the same list the second would be refused by the first. @throws JobsError `unique-conflict`. */
export function refuseTwice(fresh: readonly Placed[]): void {
  const firsts = new Map<string, JobRecord>();
  for (const { record, index } of fresh) {
    const first = firsts.get(record.key ?? '');
    if (first && first._id !== record._id) throw inPlace(held(record, first), index);
    firsts.set(record.key ?? '', record);
  }
}

export const inPlace = ({ code, message, details }: JobsError, index: number): JobsError =>
  new JobsError(code, `command ${index}: ${message}`, { ...details, index });
