import type { Connection } from 'mongoose';
import type { Log } from './log.ts';

type StreamRow = { _id: string; created: string };

/**
 * Remembers when the stream was created. Another creation time than the remembered one means that the broker lost
 * its data: then every listener is told, and only when all of them have succeeded the new time is remembered.
 */
export class StreamAge {
  readonly #database: Connection;
  readonly #stream: string;
  readonly #log: Log;
  readonly #listeners = new Set<() => Promise<void> | void>();
  #remembered: string | undefined;
  #checking: Promise<void> | undefined;

  constructor(database: Connection, stream: string, log: Log) {
    this.#database = database;
    this.#stream = stream;
    this.#log = log;
  }

  listen(listener: () => Promise<void> | void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Never rejects; what failed is tried again at the next call. */
  check(created: string): Promise<void> {
    this.#checking ??= this.#check(created)
      .catch((error) => this.#log.warn({ stream: this.#stream, err: error }, 'stream reset could not be told yet'))
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  async #check(created: string): Promise<void> {
    if (this.#remembered === created) return;
    const rows = this.#database.collection<StreamRow>('event_streams');
    const row = await rows.findOne({ _id: this.#stream });
    if (row && row.created !== created) await this.#tell(row.created, created);
    await rows.updateOne({ _id: this.#stream }, { $set: { created } }, { upsert: true });
    this.#remembered = created;
  }

  async #tell(before: string, now: string): Promise<void> {
    this.#log.warn(
      { stream: this.#stream, before, now, listeners: this.#listeners.size },
      'stream was wiped, telling again',
    );
    for (const listener of this.#listeners) await listener();
  }
}
