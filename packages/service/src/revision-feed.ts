type Log = { warn(fields: object, message: string): void };
type Revised = { readonly _id: string; readonly revision: number };
type Follower<Row> = { readonly id: string; revision: number | undefined; tell(row: Row): void };

type Rows<Row> = {
  /** Those of the rows that have gone beyond the revision beside their id. */
  changedBeyond(known: ReadonlyMap<string, number>): Promise<Row[]>;
};

export type Following = {
  /** Nothing is told before this: the revision that the follower knows already. */
  startAt(revision: number): void;
  stop(): void;
};

const lookMs = 250;

/**
 * Tells of rows that change, whichever replica changed them: one look at the database for all who follow in this
 * process, and none while nobody does.
 */
export class RevisionFeed<Row extends Revised> {
  readonly #rows: Rows<Row>;
  readonly #log: Log;
  readonly #followers = new Set<Follower<Row>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(rows: Rows<Row>, log: Log) {
    this.#rows = rows;
    this.#log = log;
  }

  /** Calls back with every state of the row beyond what is known. Changes between two looks are told as one. */
  follow(id: string, tell: (row: Row) => void): Following {
    const follower: Follower<Row> = { id, tell, revision: undefined };
    this.#followers.add(follower);
    this.#timer ??= setTimeout(() => void this.#look(), lookMs);
    return {
      startAt: (revision) => {
        follower.revision = revision;
      },
      stop: () => void this.#followers.delete(follower),
    };
  }

  stop(): void {
    this.#followers.clear();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const known = this.#known();
      if (known.size > 0) this.#tell(await this.#rows.changedBeyond(known));
    } catch (error) {
      this.#log.warn({ err: error }, 'feed could not look for changes');
    }
    this.#timer = this.#followers.size > 0 ? setTimeout(() => void this.#look(), lookMs) : undefined;
  }

  /** What the one who knows least knows of each row. */
  #known(): Map<string, number> {
    const known = new Map<string, number>();
    for (const { id, revision } of this.#followers)
      if (revision !== undefined) known.set(id, Math.min(revision, known.get(id) ?? revision));
    return known;
  }

  #tell(rows: readonly Row[]): void {
    for (const row of rows) {
      for (const follower of this.#followers) {
        if (follower.id !== row._id || (follower.revision ?? row.revision) >= row.revision) continue;
        follower.revision = row.revision;
        follower.tell(row);
      }
    }
  }
}
