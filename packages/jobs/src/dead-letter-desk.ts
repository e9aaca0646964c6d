import type { Collections, DeadLetterRow } from './collections.ts';
import type { JobDefinition } from './define-job.ts';
import type { Enqueued, Enqueuer } from './enqueuer.ts';
import { JobsError } from './errors.ts';
import { derivedId } from './ids.ts';
import type { JobActions } from './job-actions.ts';
import { type JobView, viewOf } from './job-view.ts';
import type { JobRecord } from './record.ts';

const MAX_MEMBERS = 200;

/** Dead letters that died of the same thing. */
export type DeadLetterGroup = {
  fingerprint: string;
  source: 'job' | 'message' | 'event';
  name: string;
  code: string;
  message: string;
  count: number;
  firstAt: string;
  lastAt: string;
};

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
  async groups(): Promise<DeadLetterGroup[]> {
    const groups = await Promise.all([this.#jobGroups(), this.#messageGroups()]);
    return groups.flat().toSorted((one, other) => other.lastAt.localeCompare(one.lastAt));
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
    if (dryRun) return null;
    await replayEvent(letter);
    await this.#parts.collections.deadLetters.updateOne({ _id: letter._id }, { $set: { state: 'replayed' } });
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

  async #jobGroups(): Promise<DeadLetterGroup[]> {
    const rows = await this.#parts.collections.jobs
      .aggregate<{
        _id: string;
        name: string;
        error: { code: string; message: string };
        count: number;
        firstAt: Date;
        lastAt: Date;
      }>([
        {
          $match: {
            state: 'failed',
            fingerprint: { $exists: true },
            'deadLetter.state': { $nin: ['parked', 'resolved', 'replayed'] },
          },
        },
        { $sort: { endedAt: 1 } },
        {
          $group: {
            _id: '$fingerprint',
            name: { $last: '$name' },
            error: { $last: { $arrayElemAt: ['$errors', -1] } },
            count: { $sum: 1 },
            firstAt: { $min: '$endedAt' },
            lastAt: { $max: '$endedAt' },
          },
        },
      ])
      .toArray();
    return rows.map(({ _id, name, error, count, firstAt, lastAt }) => ({
      fingerprint: _id,
      source: 'job',
      name,
      code: error.code,
      message: error.message,
      count,
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    }));
  }

  async #messageGroups(): Promise<DeadLetterGroup[]> {
    const rows = await this.#parts.collections.deadLetters
      .aggregate<{ _id: string; row: DeadLetterRow; count: number; firstAt: Date; lastAt: Date }>([
        { $match: { state: 'open' } },
        { $sort: { lastAt: 1 } },
        {
          $group: {
            _id: '$fingerprint',
            source: { $last: '$source' },
            type: { $last: '$type' },
            reason: { $last: '$reason' },
            detail: { $last: '$detail' },
            count: { $sum: 1 },
            firstAt: { $min: '$at' },
            lastAt: { $max: '$lastAt' },
          },
        },
        {
          $project: {
            row: { source: '$source', type: '$type', reason: '$reason', detail: '$detail' },
            count: 1,
            firstAt: 1,
            lastAt: 1,
          },
        },
      ])
      .toArray();
    return rows.map(({ _id, row, count, firstAt, lastAt }) => ({
      fingerprint: _id,
      source: row.source,
      name: row.type,
      code: row.reason,
      message: row.detail,
      count,
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    }));
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
