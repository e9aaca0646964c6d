import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { mongo } from 'mongoose';
import { Batcher } from '../record/batcher.ts';
import type { Collections } from '../record/collections.ts';
import type { TerminalState } from '../record/record.ts';
import type { BatchHead, BatchItem, BatchRow } from './batch-row.ts';

const MAX_RACES = 50;

/** News of a member: what it is now, after so many ends. `live` says that it was reopened after them. */
export type Move = BatchItem & { batchId: string; i: number };

type Fields = Record<string, unknown>;
type Counts = Partial<Record<TerminalState, number>>;

/**
 * Keeps the members' states and the batch's counts, both in one update that is filtered by the states it replaces:
 * they cannot drift apart, and news told twice changes nothing. What is told while an update is under way goes by one.
 */
export class Tally {
  readonly #batches: Collections['batches'];
  readonly #moves: Batcher<Move, BatchHead | null>;

  constructor({ batches }: Collections) {
    this.#batches = batches;
    this.#moves = new Batcher((moves) => context.with(ROOT_CONTEXT, () => this.#applyAll(moves)));
  }

  /** @returns the batch afterwards; null when there is none. */
  move(move: Move): Promise<BatchHead | null> {
    return this.#moves.get(move);
  }

  async #applyAll(moves: readonly Move[]): Promise<(BatchHead | null)[]> {
    const byBatch = Map.groupBy(moves, ({ batchId }) => batchId);
    const heads = await Promise.all(
      [...byBatch].map(async ([id, its]) => [id, await this.#apply(id, newest(its))] as const),
    );
    const headOf = new Map(heads);
    return moves.map(({ batchId }) => headOf.get(batchId) ?? null);
  }

  async #apply(batchId: string, moves: readonly Move[]): Promise<BatchHead | null> {
    const usual = moves.every(({ state }) => state !== 'live') && (await this.#endLive(batchId, moves));
    if (usual) return usual;
    for (let tries = 0; tries < MAX_RACES; tries++) {
      const batch = await this.#batches.findOne({ _id: batchId }, { projection: { commands: 0 } });
      if (!batch) return null;
      const news = moves.filter((move) => isNews(move, batch.items[move.i]));
      if (news.length === 0) return batch;
      const moved = await this.#replace(batch, news);
      if (moved) return moved;
    }
    throw new Error(`batch ${batchId}: its members change faster than they can be counted`);
  }

  /** The usual case needs no look before: members that were live have ended. */
  #endLive(batchId: string, moves: readonly Move[]): Promise<BatchHead | null> {
    const olds = moves.flatMap(({ i, ends }): [string, unknown][] => [
      [`items.${i}.state`, 'live'],
      [`items.${i}.ends`, { $lt: ends }],
    ]);
    return this.#update({ _id: batchId, ...Object.fromEntries(olds) }, moves, countsOf(moves, 1));
  }

  #replace(batch: BatchRow, moves: readonly Move[]): Promise<BatchHead | null> {
    const olds = moves.map(({ i }) => batch.items[i] as BatchItem);
    const filter = moves.flatMap(({ i }, index): [string, unknown][] => [
      [`items.${i}.state`, olds[index]?.state],
      [`items.${i}.ends`, olds[index]?.ends],
    ]);
    const counts = add(countsOf(olds, -1), countsOf(moves, 1));
    return this.#update({ _id: batch._id, ...Object.fromEntries(filter) }, moves, counts, true);
  }

  #update(filter: Fields, moves: readonly Move[], counts: Counts, isReopened = false): Promise<BatchHead | null> {
    const items = moves.flatMap(({ i, id, state, ends }): [string, unknown][] => [
      [`items.${i}.id`, id],
      [`items.${i}.state`, state],
      [`items.${i}.ends`, ends],
    ]);
    const $inc = Object.fromEntries(Object.entries(counts).filter(([, by]) => by !== 0));
    const update = {
      // Whoever finds all members ended closes it, once more if need be.
      $set: { ...Object.fromEntries(items), ...(isReopened && { state: 'open' }) },
      ...(Object.keys($inc).length > 0 && { $inc }),
      ...(isReopened && { $unset: { endedAt: '' } }),
      $currentDate: { updatedAt: true },
    } as unknown as mongo.UpdateFilter<BatchRow>;
    return this.#batches.findOneAndUpdate(filter as mongo.Filter<BatchRow>, update, {
      returnDocument: 'after',
      projection: { items: 0, commands: 0 },
    });
  }
}

function isNews({ state, ends }: Move, item: BatchItem | undefined): boolean {
  if (!item) return false;
  if (state === 'live') return item.ends < ends || (item.ends === ends && item.state !== 'live');
  return item.ends < ends;
}

/** Of several news of one member the latest. */
function newest(moves: readonly Move[]): Move[] {
  const latest = new Map<number, Move>();
  for (const move of moves) {
    const other = latest.get(move.i);
    if (!other || isNews(move, other)) latest.set(move.i, move);
  }
  return [...latest.values()];
}

function countsOf(items: readonly Pick<BatchItem, 'state'>[], by: 1 | -1): Counts {
  const counts: Counts = {};
  for (const { state } of items) if (state !== 'live') counts[state] = (counts[state] ?? 0) + by;
  return counts;
}

function add(one: Counts, other: Counts): Counts {
  const states = [...Object.keys(one), ...Object.keys(other)] as TerminalState[];
  return Object.fromEntries(states.map((state) => [state, (one[state] ?? 0) + (other[state] ?? 0)]));
}
