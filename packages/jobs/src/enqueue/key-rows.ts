import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClientSession } from 'mongoose';
import { Batcher } from '../record/batcher.ts';
import type { Collections, KeyRow } from '../record/collections.ts';
import { insertFresh } from '../record/insert-fresh.ts';
import type { JobRecord } from '../record/record.ts';

/**
 * Lock rows and the jobs that they name. What many commands ask at once is asked together: a crowd before one key, each
 * looking for itself, would hold up the very job that it waits for. In a transaction each asks for itself.
 */
export class KeyRows {
  readonly #collections: Collections;
  readonly #rows: Batcher<string, KeyRow | null>;
  readonly #holders: Batcher<string, JobRecord | null>;
  readonly #inserts: Batcher<KeyRow, boolean>;

  constructor(collections: Collections) {
    this.#collections = collections;
    const { keys, jobs } = collections;
    this.#rows = new Batcher((ids) => read(ids, (some) => keys.find({ _id: { $in: some } }).toArray()));
    this.#holders = new Batcher((ids) => read(ids, (some) => jobs.find({ _id: { $in: some } }).toArray()));
    this.#inserts = new Batcher((rows) =>
      context.with(ROOT_CONTEXT, () => insertFresh(rows, (fresh) => keys.insertMany(fresh, { ordered: false }))),
    );
  }

  row(key: string, session?: ClientSession): Promise<KeyRow | null> {
    return session ? this.#collections.keys.findOne({ _id: key }, { session }) : this.#rows.get(key);
  }

  holder(jobId: string, session?: ClientSession): Promise<JobRecord | null> {
    return session ? this.#collections.jobs.findOne({ _id: jobId }, { session }) : this.#holders.get(jobId);
  }

  /** @returns whether the key was free. @throws in a transaction when it was not, which ends the transaction. */
  async insert(row: KeyRow, session?: ClientSession): Promise<boolean> {
    if (!session) return this.#inserts.get(row);
    await this.#collections.keys.insertOne(row, { session });
    return true;
  }
}

async function read<Row extends { _id: string }>(
  ids: readonly string[],
  find: (ids: string[]) => Promise<Row[]>,
): Promise<(Row | null)[]> {
  const found = await context.with(ROOT_CONTEXT, () => find([...new Set(ids)]));
  const byId = new Map(found.map((row) => [row._id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
