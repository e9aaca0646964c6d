import type { Collections, StepApartRow } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import type { JobRecord, StepRow } from '../record/record.ts';
import type { RecordUpdate } from '../record/statements.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { LeaseLost } from './step-errors.ts';
import { fieldOfStep } from './step-names.ts';
import type { StepStore } from './step-store.ts';

const MAX_IN_RECORD = 100;
const MAX_JSON_IN_RECORD_BYTES = 4_096;

type Parts = {
  collections: Collections;
  commit: GroupCommit;
  record: JobRecord;
  /** The job is another run's by now. */
  onLost(): void;
};

/** Receipts and checkpoint of one run, in its job's record; what is too large or one too many stands apart. */
export class RecordStepStore implements StepStore {
  readonly #parts: Parts;
  /** By escaped name. A map: the names are the handler's. */
  readonly #rows: Map<string, StepRow>;
  #hasApart: boolean;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rows = new Map(Object.entries(parts.record.steps ?? {}));
    this.#hasApart = parts.record.hasStepsApart ?? false;
  }

  async get(name: string): Promise<StepRow | undefined> {
    const row = this.#rows.get(fieldOfStep(name));
    if (row && !row.apart) return row;
    return row || this.#hasApart ? this.#apart(name) : undefined;
  }

  async put(name: string, row: StepRow): Promise<void> {
    const field = fieldOfStep(name);
    const { json, ...rest } = row;
    if (!this.#rows.has(field) && this.#rows.size >= MAX_IN_RECORD) {
      await this.#fenced({ $set: { hasStepsApart: true } });
      this.#hasApart = true;
      return this.#putApart(name, row);
    }
    const isSmall = json === undefined || Buffer.byteLength(json) <= MAX_JSON_IN_RECORD_BYTES;
    const kept: StepRow = isSmall ? row : { ...rest, apart: true };
    this.#rows.set(field, kept);
    await this.#fenced({ $set: { [`steps.${field}`]: kept } });
    // A death in between leaves a pointer to nothing, which counts as no receipt.
    crashPoint('step.written');
    if (!isSmall) await this.#putApart(name, row);
  }

  async drop(name: string): Promise<void> {
    const field = fieldOfStep(name);
    await this.#fenced({ $unset: { [`steps.${field}`]: '' } });
    this.#rows.delete(field);
    if (this.#hasApart) await this.#parts.collections.steps.deleteOne(this.#ownRow(name));
  }

  checkpoint(json: string): Promise<void> {
    return this.#fenced({ $set: { cursor: json } });
  }

  async #fenced(update: RecordUpdate['update']): Promise<void> {
    const { commit, record, onLost } = this.#parts;
    const isOurs = await commit.write({
      id: record._id,
      filter: () => ({ fence: record.fence, state: 'executing' }),
      update: { ...update, $currentDate: { updatedAt: true } },
    });
    crashPoint('step.fenced-written');
    if (isOurs) return;
    onLost();
    throw new LeaseLost(`job ${record._id} belongs to another run by now`);
  }

  async #apart(name: string): Promise<StepRow | undefined> {
    return (await this.#parts.collections.steps.findOne(this.#ownRow(name))) ?? undefined;
  }

  /** A replay has the same root and receipts of its own: it takes over the rows of the job it replays. */
  async #putApart(name: string, row: StepRow): Promise<void> {
    const { collections, record, onLost } = this.#parts;
    const { _id: jobId, fence } = record;
    const stored: Omit<StepApartRow, '_id'> = { ...row, jobId, fence };
    try {
      await collections.steps.replaceOne(
        { _id: this.#keyOf(name), $or: [{ jobId: { $ne: jobId } }, { fence: { $lte: fence } }] },
        stored,
        { upsert: true },
      );
      crashPoint('step.apart-written');
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      onLost();
      throw new LeaseLost(`job ${jobId} belongs to a later run by now`, { cause: error });
    }
  }

  #ownRow(name: string) {
    return { _id: this.#keyOf(name), jobId: this.#parts.record._id };
  }

  #keyOf(name: string): string {
    return `${this.#parts.record.rootId}:${name}`;
  }
}
