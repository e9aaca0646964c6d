import type { JobDefinition } from '../define/define-job.ts';
import type { Enqueued, Enqueuer } from '../enqueue/enqueuer.ts';
import type { JobActions } from '../operate/job-actions.ts';
import type { Collections, DeadLetterRow } from '../record/collections.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import type { JobRecord, StepRow } from '../record/record.ts';
import { currentPayload } from '../run/ending.ts';
import { JobsError } from '../runtime/errors.ts';
import { derivedId } from '../runtime/ids.ts';
import { fieldOfStep } from '../steps/step-names.ts';
import { type DeadLetterGroup, deadLetterGroups, type LetterState } from './dead-letter-groups.ts';
import { type DeadLetter, jobLetter, messageLetter } from './dead-letter-view.ts';
import { type Difference, differences } from './differences.ts';
import { broughtUp, payloadIn } from './letter-payload.ts';
import { type Before, type Rehearsed, rehearse } from './rehearsal.ts';

/** What a person changes about a letter before it runs again. */
export type Edit = {
  payload?: unknown;
  /** Of the payload; older ones are brought up. Default: the newest. */
  version?: number | undefined;
};

/** What a replay would do. `payload` as the handler would get it, `diff` against what the letter holds. */
export type Rehearsal = Rehearsed & {
  readonly valid: boolean;
  readonly payload: unknown;
  readonly diff: readonly Difference[];
};

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

  /** Letters grouped by what they died of, newest first. */
  groups(state: LetterState = 'open'): Promise<DeadLetterGroup[]> {
    return deadLetterGroups(this.#parts.collections, state);
  }

  /**
   * The letters of a group, newest first by `lastAt`.
   * @param state default: open and parked ones.
   * @param after the last letter of the page before.
   */
  async members(
    fingerprint: string,
    {
      state,
      limit = 50,
      after,
    }: { state?: LetterState | undefined; limit?: number; after?: { lastAt: Date; id: string } | undefined } = {},
  ): Promise<DeadLetter[]> {
    const { jobs, deadLetters } = this.#parts.collections;
    const beyond = (field: 'endedAt' | 'lastAt') =>
      after && { $or: [{ [field]: { $lt: after.lastAt } }, { [field]: after.lastAt, _id: { $lt: after.id } }] };
    const undecided = state ? undefined : { $nin: ['resolved', 'replayed'] as const };
    const decided = undecided ?? (state === 'open' ? { $exists: false } : state);
    const [failed, letters] = await Promise.all([
      jobs
        .find({ state: 'failed', fingerprint, 'deadLetter.state': decided, ...beyond('endedAt') } as object)
        .sort({ endedAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
      deadLetters
        .find({ fingerprint, state: state ?? { $in: ['open', 'parked'] }, ...beyond('lastAt') })
        .sort({ lastAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    ]);
    // One fingerprint is of jobs or of messages: no order to find between them.
    return [...failed.map(jobLetter), ...letters.map(messageLetter)].slice(0, limit);
  }

  /**
   * Runs a dead letter again: a failed job under its own id, or, with another payload, as a new job of the same root;
   * a message as a fresh command when its job is known and a payload is given or legible; an event by its handler.
   * @throws JobsError `dead-letter-not-found`, `dead-letter-not-replayable`, `payload-invalid`, `job-state-conflict`, `unique-conflict`.
   */
  async replay(id: string, edit: Edit & { by?: string | undefined } = {}): Promise<{ job: JobView | null }> {
    const found = await this.#find(id);
    if ('job' in found) return { job: await this.#replayJob(found.job, edit) };
    if (found.letter.source === 'event') return { job: await this.#replayEvent(found.letter, edit.by) };
    return { job: await this.#replayMessage(found.letter, edit) };
  }

  /**
   * Says what {@link replay} would do, and does none of it: the payload checked and brought up, and the handler run with
   * its effects noted, where its definition says how (`rehearse`).
   * @throws JobsError `dead-letter-not-found`, `dead-letter-not-replayable`, and `payload-invalid` for a payload that is given.
   */
  async rehearse(id: string, edit: Edit = {}): Promise<Rehearsal> {
    const found = await this.#find(id);
    if ('job' in found) return this.#rehearseJob(found.job, edit);
    const { letter } = found;
    if (letter.source === 'event') {
      const why = 'events are not rehearsed: their handlers have no steps';
      return { valid: true, payload: null, diff: [], effects: [], rehearsed: false, why };
    }
    const { definition, payload, held } = this.#ofMessage(letter, edit);
    return {
      valid: true,
      payload,
      diff: differences(held, payload),
      ...(await rehearse(definition, payload, undefined)),
    };
  }

  /** Closes or sets aside a letter, with a note. @throws JobsError `dead-letter-not-found`. */
  async decide(id: string, state: 'parked' | 'resolved', note: string, by?: string): Promise<DeadLetter> {
    const { jobs, deadLetters } = this.#parts.collections;
    const at = new Date();
    const job = await jobs.findOneAndUpdate(
      { _id: id, state: 'failed' },
      { $set: { deadLetter: { state, note, at, ...(by !== undefined && { by }) } } },
      { returnDocument: 'after' },
    );
    if (job) return jobLetter(job);
    const letter = await deadLetters.findOneAndUpdate(
      { _id: id },
      { $set: { state, note, decidedAt: at, ...(by !== undefined && { decidedBy: by }) } },
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

  async #find(id: string): Promise<{ job: JobRecord } | { letter: DeadLetterRow }> {
    const job = await this.#parts.collections.jobs.findOne({ _id: id, state: 'failed' });
    if (job) return { job };
    const letter = await this.#parts.collections.deadLetters.findOne({ _id: id });
    if (!letter) throw notFound(id);
    return { letter };
  }

  async #replayJob(record: JobRecord, { payload, version, by }: Edit & { by?: string | undefined }): Promise<JobView> {
    const definition = this.#definition(record.name, record._id);
    if (payload === undefined) return viewOf(await this.#parts.actions.retry(record._id));
    const { rootId, tags, meta, ends } = record;
    const replayed = await this.#parts.enqueuer.enqueue(definition, broughtUp(definition, payload, version), {
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
      { $set: { deadLetter: { state: 'replayed', at: new Date(), ...(by !== undefined && { by }) } } },
    );
    return viewOf(replayed.record);
  }

  async #rehearseJob(record: JobRecord, { payload: edited, version }: Edit): Promise<Rehearsal> {
    const definition = this.#definition(record.name, record._id);
    // A given payload is the caller's to mend; one that no version reads any more is what the rehearsal has found out.
    const checked = {
      ...record,
      v: definition.contract.version,
      payload: broughtUpIfGiven(definition, edited, version),
    };
    const current = currentPayload(edited === undefined ? record : checked, definition);
    if (!current.ok)
      return { valid: false, payload: null, diff: [], effects: [], rehearsed: false, why: current.detail };
    const before = edited === undefined ? this.#before(record) : { ...record, cursor: undefined, receiptOf: noReceipt };
    return {
      valid: true,
      payload: current.value,
      diff: differences(record.payload, current.value),
      ...(await rehearse(definition, current.value, before)),
    };
  }

  /** A retry keeps receipts and checkpoint; an edited replay has none. */
  #before(record: JobRecord): Before {
    const { _id: jobId, rootId, maxAttempts, cursor, steps = {}, hasStepsApart } = record;
    const { collections } = this.#parts;
    return {
      rootId,
      maxAttempts,
      cursor,
      async receiptOf(step) {
        const row = steps[fieldOfStep(step)];
        if (row ? !row.apart : !hasStepsApart) return row;
        return (await collections.steps.findOne({ _id: `${rootId}:${step}`, jobId })) ?? undefined;
      },
    };
  }

  async #replayMessage(letter: DeadLetterRow, edit: Edit & { by?: string | undefined }): Promise<JobView> {
    const { definition, payload } = this.#ofMessage(letter, edit);
    // Derived from the letter: replaying it twice is one command.
    const { record }: Enqueued = await this.#parts.enqueuer.enqueue(definition, payload, { id: derivedId(letter._id) });
    await this.#markReplayed(letter, edit.by);
    return viewOf(record);
  }

  /** @returns `held`: what the letter holds; undefined when that is not legible. */
  #ofMessage(letter: DeadLetterRow, { payload: edited, version }: Edit) {
    const definition = this.#definition(letter.type.split('@')[0] ?? '', letter._id);
    const held = payloadIn(letter);
    const given = edited === undefined ? held : { payload: edited, version };
    if (!given)
      throw new JobsError('dead-letter-not-replayable', `dead letter ${letter._id} has no legible payload; give one`, {
        id: letter._id,
      });
    return { definition, payload: broughtUp(definition, given.payload, given.version), held: held?.payload };
  }

  async #replayEvent(letter: DeadLetterRow, by: string | undefined): Promise<null> {
    const { replayEvent } = this.#parts;
    const refused = !replayEvent ? 'no events are heard here' : letter.encoding !== 'utf8' && 'its body is not text';
    if (!replayEvent || refused)
      throw new JobsError('dead-letter-not-replayable', `dead letter ${letter._id}: ${refused}`, { id: letter._id });
    // First the event, then the mark: whoever dies in between leaves an open letter, and an event that comes twice is handled once.
    await replayEvent(letter);
    await this.#markReplayed(letter, by);
    return null;
  }

  /** One that could not be handled again, and was buried meanwhile, stays open. */
  #markReplayed({ _id, times }: DeadLetterRow, by: string | undefined) {
    return this.#parts.collections.deadLetters.updateOne(
      { _id, times },
      { $set: { state: 'replayed', decidedAt: new Date(), ...(by !== undefined && { decidedBy: by }) } },
    );
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
}

const noReceipt = async (): Promise<StepRow | undefined> => undefined;

const broughtUpIfGiven = (definition: JobDefinition, payload: unknown, version: number | undefined): unknown =>
  payload === undefined ? undefined : broughtUp(definition, payload, version);

const notFound = (id: string) => new JobsError('dead-letter-not-found', `dead letter ${id} does not exist`, { id });
