import { mongo } from 'mongoose';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import type { DatabaseClock } from './database-clock.ts';
import { isOutage } from './outage.ts';
import type { JobRecord } from './record.ts';
import { changeOf, type Marked, modelOf, type Statement, statementsOf } from './statements.ts';

/** A write that waits so long meets a record that somebody's transaction holds. */
const LOCKED_AFTER_MS = 1_000;

/** A write that has matched. */
export type Written = {
  /** Stands where the item's `mark` says. */
  readonly token: string;
  /** As the write has left it; known only of a claim that was written alone. */
  readonly record?: JobRecord;
};

/** Per item: what was written, undefined where nothing matched, or why the server refused it. */
export type WriteResults = readonly (Written | undefined | Error)[];

/** Writes of records as the server is asked for them: one, many that stand each for itself, many in one transaction. */
export class RecordWrites {
  readonly #client: mongo.MongoClient;
  readonly #jobs: mongo.Collection<JobRecord>;
  readonly #clock: DatabaseClock;
  #session: mongo.ClientSession | undefined;

  constructor(parts: { client: mongo.MongoClient; jobs: mongo.Collection<JobRecord>; clock: DatabaseClock }) {
    this.#client = parts.client;
    this.#jobs = parts.jobs;
    this.#clock = parts.clock;
  }

  /** Each bulk stands for itself; ordering reads after writes would only be one more thing to ask of the server. */
  get session(): mongo.ClientSession {
    this.#session ??= this.#client.startSession({ causalConsistency: false });
    return this.#session;
  }

  async close(): Promise<void> {
    await this.#session?.endSession().catch(() => undefined);
  }

  /**
   * A lone claim brings its record with it: whoever waits for a single job waits for one answer.
   * @throws what the server says against this write, and when the database is away.
   */
  async one<Item extends Marked>(item: Item): Promise<Written | undefined> {
    const [statement] = statementsOf([item], this.#clock.now());
    const { filter, update } = changeOf(statement as Statement<Item>);
    const isClaim = item.mark === 'lease.token';
    const record = await this.#jobs.findOneAndUpdate(filter, update, {
      returnDocument: 'after',
      maxTimeMS: LOCKED_AFTER_MS,
      ...(!isClaim && { projection: { _id: 1 } }),
    });
    return record ? { ...writtenBy(item), ...(isClaim && { record }) } : undefined;
  }

  /** A statement each. @throws when the database is away, or refuses them all. */
  async plainly<Item extends Marked>(items: readonly Item[]): Promise<WriteResults> {
    const [first, ...others] = items;
    const results = first && others.length === 0 ? [await this.#judged(first)] : await this.#unordered(items);
    crashPoint('commit.plainly-written');
    return results;
  }

  /** What the server says against this very write is its result. */
  async #judged(item: Marked): Promise<Written | undefined | Error> {
    try {
      return await this.one(item);
    } catch (error) {
      if (isOutage(error)) throw error;
      return asError(error);
    }
  }

  async #unordered<Item extends Marked>(items: readonly Item[]): Promise<WriteResults> {
    const now = this.#clock.now();
    const statements = items.flatMap((item) => statementsOf([item], now));
    const { matched, errors } = await this.#client
      .bulkWrite(this.#models(statements), { ordered: false, verboseResults: true, maxTimeMS: LOCKED_AFTER_MS })
      .then(({ updateResults }) => answersOf(updateResults), partialAnswers);
    return items.map((item, index) => errors.get(index) ?? (matched(index) ? writtenBy(item) : undefined));
  }

  /**
   * All or none.
   * @returns how many records each statement has matched; undefined when one of them spoilt it for all, and nothing was written.
   * @throws when the database is away.
   */
  async together<Item extends Marked>(statements: readonly Statement<Item>[]): Promise<number[] | undefined> {
    const { session } = this;
    session.startTransaction({ writeConcern: { w: 'majority', journal: true } });
    crashPoint('commit.transaction-begun');
    try {
      const models = this.#models(statements);
      const options = { ordered: false, verboseResults: true, session };
      const { updateResults } = await this.#client.bulkWrite(models, options);
      crashPoint('commit.bulk-written');
      await session.commitTransaction();
      crashPoint('commit.committed');
      return statements.map((_, index) => updateResults?.get(index)?.matchedCount ?? 0);
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      if (isOutage(error)) throw error;
      return undefined;
    }
  }

  #models<Item extends Marked>(statements: readonly Statement<Item>[]): mongo.ClientBulkWriteModel<mongo.Document>[] {
    return statements.map((statement) => modelOf(statement, this.#jobs.namespace));
  }
}

/** An item has its token since a statement was made of it. */
export const writtenBy = ({ token = '' }: Marked): Written => ({ token });

/** The server's answers, by the place of each item in its bulk. */
type Answers = { matched(index: number): boolean; readonly errors: ReadonlyMap<number, Error> };

function answersOf(results?: ReadonlyMap<number, mongo.ClientUpdateResult>): Answers {
  return { matched: (index) => (results?.get(index)?.matchedCount ?? 0) > 0, errors: new Map() };
}

/** @throws what it is given, when the whole bulk has failed. */
function partialAnswers(error: unknown): Answers {
  if (!(error instanceof mongo.MongoClientBulkWriteError) || error.writeErrors.size === 0) throw error;
  const errors = new Map(
    [...error.writeErrors].map(([index, { message, code }]) => [index, Object.assign(new Error(message), { code })]),
  );
  return { ...answersOf(error.partialResult?.updateResults), errors };
}
