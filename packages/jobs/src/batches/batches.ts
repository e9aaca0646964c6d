import type { JobDefinition } from '../define/define-job.ts';
import type { CommandDraft } from '../define/outcome.ts';
import type { Enqueuer } from '../enqueue/enqueuer.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { isTerminal, type JobRecord } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError, JobsError } from '../runtime/errors.ts';
import { derivedId, newId } from '../runtime/ids.ts';
import type { Log } from '../telemetry/log.ts';
import { currentTrace, inTraceOf } from '../telemetry/trace.ts';
import { type BatchCommand, type BatchHead, type BatchRow, endStateOf, leftIn } from './batch-row.ts';
import { onEndId } from './batch-view.ts';
import type { Tally } from './tally.ts';

const MAX_MEMBERS = 5_000;
/** All commands stand in one document until they are enqueued. */
const MAX_BYTES = 8 * 1024 * 1024;
const ENQUEUE_CHUNK = 500;
/** Of a member whose key is being taken right now nobody can say what becomes of it. */
const LATER = 'later';
/** Whoever is at work has so long before a sweep takes over. */
export const WORK_MS = 10_000;
/** An open batch is held against its members' records so often. */
export const RECONCILE_MS = 600_000;

/** One member. `id` by default derives from the batch's. */
export type BatchMember = Omit<BatchCommand, 'name'> & { job: { readonly name: string }; id?: string };

export type BatchDraft = {
  /** The batch's own id: opening it again finds the first. Default: a fresh one. */
  id?: string;
  name: string;
  /** At most 5,000, with payloads of at most 8 MiB together. */
  jobs: readonly BatchMember[];
  /** Commanded once for each end of the batch, with `meta.batchId`. */
  onEnd?: CommandDraft;
  tags?: readonly string[];
  /** Given to every member and to `onEnd`. */
  meta?: Readonly<Record<string, unknown>>;
};

type Parts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  enqueuer: Enqueuer;
  clock: DatabaseClock;
  tally: Tally;
  log: Log;
};

/** Opens batches, counts their members, and commands what follows their ends. The row first, then its jobs. */
export class Batches {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Writes the batch down and enqueues its members; what a crash leaves out, a sweep enqueues.
   * @throws JobsError `batch-too-large`, `job-name-unknown`, `payload-invalid`, `payload-too-large`.
   */
  async open(draft: BatchDraft): Promise<{ row: BatchRow; members: JobRecord[]; conflict: boolean }> {
    this.#check(draft);
    const { batches, jobs } = this.#parts.collections;
    const row = this.#row(draft);
    try {
      await batches.insertOne(row);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const first = (await batches.findOne({ _id: row._id })) as BatchRow;
      const members = await jobs.find({ _id: { $in: first.items.map(({ id }) => id) } }).toArray();
      return { row: first, members, conflict: true };
    }
    crashPoint('batch.written');
    const members = await this.enqueueMembers(row);
    return { row: (await batches.findOne({ _id: row._id })) ?? row, members, conflict: false };
  }

  /** Enqueues what is not enqueued yet. May be repeated, by several at once. */
  async enqueueMembers(row: BatchRow): Promise<JobRecord[]> {
    const commands = row.commands ?? [];
    const members: JobRecord[] = [];
    let isWhole = true;
    await inTraceOf(row, async () => {
      for (let from = 0; from < commands.length; from += ENQUEUE_CHUNK) {
        const chunk = commands.slice(from, from + ENQUEUE_CHUNK);
        const answers = await Promise.all(chunk.map((command, index) => this.#enqueue(row, command, from + index)));
        members.push(...answers.filter((answer) => answer !== LATER && answer !== undefined));
        isWhole &&= !answers.includes(LATER);
        crashPoint('batch.chunk-enqueued');
      }
    });
    // The commands stay, and the batch is due: a sweep enqueues what is missing.
    if (!isWhole) return members;
    const dueAt = new Date(this.#parts.clock.now().getTime() + RECONCILE_MS);
    await this.#parts.collections.batches.updateOne(
      { _id: row._id, commands: { $exists: true } },
      { $unset: { commands: '' }, ...(row.total > 0 && { $set: { dueAt } }) },
    );
    if (row.total === 0) await this.close(row);
    return members;
  }

  /** Counts what has become of a member, and closes the batch after the last one. Telling it twice changes nothing. */
  async tell({ _id, batch, state, ends }: JobRecord): Promise<void> {
    if (!batch) return;
    const now = isTerminal(state) ? state : 'live';
    const head = await this.#parts.tally.move({ batchId: batch.id, i: batch.i, id: _id, state: now, ends });
    crashPoint('batch.member-counted');
    if (head) await this.close(head);
  }

  /** Closes a batch whose members have all ended, and commands what follows; also what an earlier closer has left to do. */
  async close(head: BatchHead): Promise<void> {
    if (head.owes) await this.#commandEnd(head);
    if (head.state !== 'open' || leftIn(head) > 0) return;
    const { _id, round, total, completed, failed, discarded, cancelled } = head;
    const dueAt = new Date(this.#parts.clock.now().getTime() + WORK_MS);
    const closed = await this.#parts.collections.batches.findOneAndUpdate(
      { _id, state: 'open', round, total, completed, failed, discarded, cancelled },
      {
        $set: { state: endStateOf(head), ...(head.onEnd && { owes: true as const, dueAt }) },
        ...(!head.onEnd && { $unset: { dueAt: '' } }),
        $inc: { round: 1 },
        $currentDate: { updatedAt: true, endedAt: true },
      },
      { returnDocument: 'after', projection: { items: 0, commands: 0 } },
    );
    crashPoint('batch.closed');
    if (closed?.owes) await this.#commandEnd(closed);
  }

  async #commandEnd(head: BatchHead): Promise<void> {
    const { _id, round, onEnd } = head;
    const definition = onEnd && this.#parts.definitions.get(onEnd.name);
    // A release that does not know the job leaves it to one that does.
    if (!definition) return;
    if (!(await this.#command(head, definition, onEnd))) return;
    crashPoint('batch.end-commanded');
    await this.#parts.collections.batches.updateOne({ _id, round, owes: true }, { $unset: { owes: '', dueAt: '' } });
  }

  /** @returns whether nothing is left to do: while its key is held the batch owes it, and a sweep tries again. */
  async #command(
    { _id, round, meta, trace, name }: BatchHead,
    definition: JobDefinition,
    onEnd: CommandDraft,
  ): Promise<boolean> {
    const { enqueuer, clock, log } = this.#parts;
    const runAt = onEnd.delayMs ? { runAt: new Date(clock.now().getTime() + onEnd.delayMs) } : {};
    const options = { id: onEndId(_id, round), meta: { ...meta, batchId: _id }, ...runAt };
    try {
      await inTraceOf(trace ? { trace } : {}, () => enqueuer.enqueue(definition, onEnd.payload, options));
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      if (error.code === 'unique-conflict') {
        log.info({ batchId: _id, job: onEnd.name, reason: error.message }, 'what follows a batch waits for its key');
        return false;
      }
      // Checked when the batch was opened: only another release can refuse it, and would for ever.
      log.error({ batchId: _id, batch: name, job: onEnd.name, err: error }, 'the end of a batch cannot be commanded');
    }
    return true;
  }

  /** @returns undefined for a member that is none: another job stands for it, or it has ended before. */
  async #enqueue(row: BatchRow, command: BatchCommand, i: number): Promise<JobRecord | typeof LATER | undefined> {
    const { definitions, enqueuer, log } = this.#parts;
    const { name, payload, tags = [], ...options } = command;
    const { id = '', state } = row.items[i] ?? {};
    if (state !== 'live') return undefined;
    const definition = definitions.get(name);
    if (!definition)
      throw new JobsError('job-name-unknown', `batch ${row._id}: job ${name} is not performed here`, { name });
    try {
      const { record, conflict } = await enqueuer.enqueue(definition, payload, {
        ...options,
        id,
        tags: [...row.tags, ...tags],
        meta: row.meta,
        batch: { id: row._id, i },
      });
      if (!conflict || record._id === id) return record;
      log.info({ batchId: row._id, jobId: id, heldBy: record._id }, 'another job stands for this member of the batch');
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      if (error.code === 'unique-conflict' && !error.details['heldBy']) return LATER;
      log.warn({ batchId: row._id, jobId: id, reason: asError(error).message }, 'a member of the batch is refused');
    }
    const head = await this.#parts.tally.move({ batchId: row._id, i, id, state: 'discarded', ends: 1 });
    if (head) await this.close(head);
    return undefined;
  }

  #check({ name, jobs, onEnd }: BatchDraft): void {
    const { definitions, enqueuer } = this.#parts;
    const check = (job: string, payload: unknown) => {
      const definition = definitions.get(job);
      if (!definition)
        throw new JobsError('job-name-unknown', `batch ${name}: job ${job} is not performed here`, { name: job });
      enqueuer.check(definition, payload);
    };
    if (jobs.length > MAX_MEMBERS)
      throw tooLarge(`batch ${name} has ${jobs.length} jobs, at most ${MAX_MEMBERS} are allowed; open several`);
    const bytes = jobs.reduce((sum, { payload }) => sum + Buffer.byteLength(JSON.stringify(payload) ?? ''), 0);
    if (bytes > MAX_BYTES)
      throw tooLarge(`batch ${name} has payloads of ${bytes} bytes, at most ${MAX_BYTES} are allowed; open several`);
    for (const { job, payload } of jobs) check(job.name, payload);
    if (onEnd) check(onEnd.name, onEnd.payload);
  }

  #row({ id = newId(), name, jobs, onEnd, tags, meta }: BatchDraft): BatchRow {
    const now = this.#parts.clock.now();
    const trace = currentTrace()?.trace;
    return {
      _id: id,
      name,
      state: 'open',
      total: jobs.length,
      completed: 0,
      failed: 0,
      discarded: 0,
      cancelled: 0,
      items: jobs.map((job, i) => ({ id: job.id ?? derivedId(`${id}:${i}`), state: 'live', ends: 0 })),
      commands: jobs.map(({ job, id: _id, ...command }) => ({ ...command, name: job.name })),
      ...(onEnd && { onEnd }),
      round: 0,
      dueAt: new Date(now.getTime() + WORK_MS),
      tags: [...(tags ?? [])],
      meta: { ...meta },
      ...(trace && { trace }),
      createdAt: now,
      updatedAt: now,
    };
  }
}

const tooLarge = (message: string) => new JobsError('batch-too-large', message);
