import type { JobDefinition } from '../define/define-job.ts';
import type { Enqueued, Enqueuer } from '../enqueue/enqueuer.ts';
import type { JobActions } from '../operate/job-actions.ts';
import type { Collections, DeadLetterRow } from '../record/collections.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import type { JobRecord } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import { derivedId } from '../runtime/ids.ts';
import { type DeadLetterGroup, deadLetterGroups } from './dead-letter-groups.ts';

const MAX_MEMBERS = 200;

export type DeadLetter =
  | { id: string; source: 'job'; fingerprint: string; state: string; note: string | null; job: JobView; at: string }
  | ({ id: string; source: 'message' | 'event'; at: string; lastAt: string; note: string | null } & Pick<
      DeadLetterRow,
      | 'fingerprint'
      | 'state'
      | 'reason'
      | 'detail'
      | 'exchange'
      | 'key'
      | 'messageId'
      | 'type'
      | 'body'
      | 'encoding'
      | 'truncated'
      | 'times'
    >);

type Parts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  enqueuer: Enqueuer;
  actions: JobActions;
  /** Handles a buried event once more; rejects when it fails again. */
  replayEvent?(letter: DeadLetterRow): Promise<void>;
};

/** Where people look at dead letters and decide about them: failed jobs and messages that no job stands for. */
export class DeadLetterDesk {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Open letters grouped by what they died of, newest first. */
  groups(): Promise<DeadLetterGroup[]> {
    return deadLetterGroups(this.#parts.collections);
  }

  /** The open and parked letters of a group, newest first, at most 200. */
  async members(fingerprint: string): Promise<DeadLetter[]> {
    const { jobs, deadLetters } = this.#parts.collections;
    const failed = await jobs
      .find({ fingerprint, state: 'failed', 'deadLetter.state': { $nin: ['resolved', 'replayed'] } })
      .sort({ endedAt: -1 })
      .limit(MAX_MEMBERS)
      .toArray();
    const letters = await deadLetters
      .find({ fingerprint, state: { $in: ['open', 'parked'] } })
      .sort({ lastAt: -1 })
      .limit(MAX_MEMBERS)
      .toArray();
    return [...failed.map(jobLetter), ...letters.map(messageLetter)];
  }

  /**
   * Runs a dead letter again: a failed job under its own id, or, with another payload, as a new job of the same root;
   * a message as a fresh command when its job is known and a payload is given or legible; an event by its handler.
   * @param dryRun checks the payload and changes nothing.
   * @throws JobsError `dead-letter-not-found`, `dead-letter-not-replayable`, `payload-invalid`, `job-state-conflict`, `unique-conflict`.
   */
  async replay(
    id: string,
    { payload, dryRun = false }: { payload?: unknown; dryRun?: boolean } = {},
  ): Promise<{ job: JobView | null }> {
    const record = await this.#parts.collections.jobs.findOne({ _id: id, state: 'failed' });
    if (record) return { job: await this.#replayJob(record, payload, dryRun) };
    const letter = await this.#parts.collections.deadLetters.findOne({ _id: id });
    if (!letter) throw notFound(id);
    return {
      job:
        letter.source === 'event'
          ? await this.#replayEvent(letter, dryRun)
          : await this.#replayMessage(letter, payload, dryRun),
    };
  }

  /** Closes or sets aside a letter, with a note. @throws JobsError `dead-letter-not-found`. */
  async decide(id: string, state: 'parked' | 'resolved', note: string): Promise<DeadLetter> {
    const { jobs, deadLetters } = this.#parts.collections;
    const job = await jobs.findOneAndUpdate(
      { _id: id, state: 'failed' },
      { $set: { deadLetter: { state, note, at: new Date() } } },
      { returnDocument: 'after' },
    );
    if (job) return jobLetter(job);
    const letter = await deadLetters.findOneAndUpdate(
      { _id: id },
      { $set: { state, note } },
      { returnDocument: 'after' },
    );
    if (!letter) throw notFound(id);
    return messageLetter(letter);
  }

  /** Deletes a letter for good. @throws JobsError `dead-letter-not-found`. */
  async remove(id: string): Promise<void> {
    const { deletedCount } = await this.#parts.collections.deadLetters.deleteOne({ _id: id });
    if (deletedCount === 1) return;
    const failed = await this.#parts.collections.jobs.findOne({ _id: id, state: 'failed' });
    if (!failed) throw notFound(id);
    await this.#parts.actions.remove(id);
  }

  async #replayJob(record: JobRecord, payload: unknown, dryRun: boolean): Promise<JobView | null> {
    const definition = this.#definition(record.name, record._id);
    if (payload === undefined) return dryRun ? null : viewOf(await this.#parts.actions.retry(record._id));
    if (dryRun) return this.#check(definition, payload);
    const { rootId, tags, meta, ends } = record;
    const replayed = await this.#parts.enqueuer.enqueue(definition, payload, {
      rootId,
      tags,
      meta,
      ends,
      replayedFrom: record._id,
    });
    if (replayed.conflict)
      throw new JobsError(
        'unique-conflict',
        `job ${record._id} cannot be replayed: job ${replayed.record._id} holds its key`,
        { id: record._id, heldBy: replayed.record._id },
      );
    await this.#parts.collections.jobs.updateOne(
      { _id: record._id },
      { $set: { deadLetter: { state: 'replayed', at: new Date() } } },
    );
    return viewOf(replayed.record);
  }

  async #replayMessage(letter: DeadLetterRow, edited: unknown, dryRun: boolean): Promise<JobView | null> {
    const definition = this.#definition(letter.type.split('@')[0] ?? '', letter._id);
    const payload = edited ?? payloadIn(letter);
    if (payload === undefined)
      throw new JobsError('dead-letter-not-replayable', `dead letter ${letter._id} has no legible payload; give one`, {
        id: letter._id,
      });
    if (dryRun) return this.#check(definition, payload);
    // Derived from the letter: replaying it twice is one command.
    const { record }: Enqueued = await this.#parts.enqueuer.enqueue(definition, payload, { id: derivedId(letter._id) });
    await this.#parts.collections.deadLetters.updateOne({ _id: letter._id }, { $set: { state: 'replayed' } });
    return viewOf(record);
  }

  async #replayEvent(letter: DeadLetterRow, dryRun: boolean): Promise<null> {
    const { replayEvent } = this.#parts;
    if (!replayEvent)
      throw new JobsError('dead-letter-not-replayable', `dead letter ${letter._id}: no events are heard here`, {
        id: letter._id,
      });
    if (letter.encoding !== 'utf8')
      throw new JobsError('dead-letter-not-replayable', `dead letter ${letter._id}: its body is not text`, {
        id: letter._id,
      });
    if (dryRun) return null;
    const mark = (state: DeadLetterRow['state']) =>
      this.#parts.collections.deadLetters.updateOne({ _id: letter._id }, { $set: { state } });
    // First the mark, then the event: when its handler fails again, the burial that opens the letter comes after it.
    await mark('replayed');
    try {
      await replayEvent(letter);
    } catch (error) {
      await mark(letter.state);
      throw error;
    }
    return null;
  }

  #definition(name: string, id: string): JobDefinition {
    const definition = this.#parts.definitions.get(name);
    if (!definition)
      throw new JobsError(
        'dead-letter-not-replayable',
        `dead letter ${id}: job ${JSON.stringify(name)} is not performed here`,
        { id, name },
      );
    return definition;
  }

  #check(definition: JobDefinition, payload: unknown): null {
    this.#parts.enqueuer.check(definition, payload);
    return null;
  }
}

function jobLetter(record: JobRecord): DeadLetter {
  const { deadLetter, endedAt, updatedAt } = record;
  return {
    id: record._id,
    source: 'job',
    fingerprint: record.fingerprint ?? '',
    state: deadLetter?.state ?? 'open',
    note: deadLetter?.note ?? null,
    job: viewOf(record),
    at: (endedAt ?? updatedAt).toISOString(),
  };
}

function messageLetter({ _id, at, lastAt, note, error: _error, ...row }: DeadLetterRow): DeadLetter {
  return { ...row, id: _id, note: note ?? null, at: at.toISOString(), lastAt: lastAt.toISOString() };
}

function payloadIn({ body, encoding }: DeadLetterRow): unknown {
  if (encoding !== 'utf8') return undefined;
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null && 'payload' in json ? json.payload : undefined;
  } catch {
    return undefined;
  }
}

const notFound = (id: string) => new JobsError('dead-letter-not-found', `dead letter ${id} does not exist`, { id });
