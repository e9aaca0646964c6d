import type { BatchDesk } from '../batches/batch-desk.ts';
import { type BatchView, viewOfBatch } from '../batches/batch-view.ts';
import type { BatchDraft } from '../batches/batches.ts';
import type { BreakerDesk } from '../breakers/breaker-desk.ts';
import type { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import type { Letter } from '../dead-letters/dead-letters.ts';
import type { Commandable, JobDefinition, PayloadOf } from '../define/define-job.ts';
import { enqueueAll } from '../enqueue/enqueue-all.ts';
import type { Enqueued } from '../enqueue/enqueuer.ts';
import type { EnqueueOptions } from '../enqueue/new-record.ts';
import type { LedgerItem } from '../ledger/ledger.ts';
import type { LimitView } from '../limits/limit-views.ts';
import { type FamilyTree, familyOf } from '../lineage/family-tree.ts';
import { type LogQuery, type LogView, readLogs } from '../logs/job-logs.ts';
import type { QueueDesk } from '../operate/queue-desk.ts';
import type { History, HistoryWish } from '../operate/queue-history.ts';
import type { QueueView } from '../operate/queue-views.ts';
import type { JobChange } from '../operate/rescheduling.ts';
import type { VersionLog } from '../operate/version-log.ts';
import type { WorkerDesk, WorkerView } from '../operate/worker-desk.ts';
import type { OperationDesk } from '../operations/operation-desk.ts';
import { countJobs } from '../record/job-counts.ts';
import type { JobFilter } from '../record/job-filter.ts';
import type { JobPlace, TimePlace } from '../record/job-place.ts';
import { listJobs } from '../record/job-queries.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import { listJobsByTime } from '../record/jobs-by-time.ts';
import { isTerminal, type JobState } from '../record/record.ts';
import type { ScheduleDesk } from '../schedules/schedule-desk.ts';
import type { StepAnswers } from '../steps/step-answers.ts';
import { republish } from '../sweep/relay.ts';
import { assemble, type Parts } from './assemble.ts';
import { JobsError } from './errors.ts';
import type { JobsOptions } from './options.ts';

const WAIT_POLL_MS = { first: 25, longest: 500 };

export type CommandOptions = Omit<EnqueueOptions, 'rootId' | 'ends' | 'replayedFrom' | 'batch'>;
export type Accepted = { readonly job: JobView; readonly conflict: boolean; readonly replaced?: boolean };

/**
 * The job runtime of one service: accepts its commands, performs them, and shows what became of them.
 * `start` and `stop` may be called twice; `stop` drains and is safe before `start`.
 */
export class Jobs {
  readonly #parts: Parts;

  constructor(options: JobsOptions) {
    this.#parts = assemble(options);
  }

  /** Starts what the role asks for. Neither database nor broker need to be up: both are waited for in the background. */
  async start(): Promise<void> {
    await this.#parts.life.start();
  }

  /** Drains: takes no more work, waits for what runs, hands back the rest without spending its attempts, and closes. */
  async stop(): Promise<void> {
    await this.#parts.life.stop();
  }

  /** What keeps this runtime from working, empty when nothing does. */
  troubles(): string[] {
    return this.#parts.life.troubles();
  }

  /** Resolves when a quarantine process has had nothing to do for `ms`. */
  idleFor(ms: number): Promise<void> {
    return this.#parts.life.idleFor(ms);
  }

  /**
   * Writes a command down and rings for it. Resolves when it is stored, with or without a broker.
   * @returns `conflict: true` with the older job when its id or its unique key is taken; `replaced: true` when that has taken over the payload.
   * @throws JobsError `payload-invalid`, `payload-too-large`, `job-name-unknown`, `unique-conflict`.
   */
  enqueue<Commanded extends Commandable>(
    contract: Commanded,
    payload: PayloadOf<Commanded>,
    options: CommandOptions = {},
  ): Promise<Accepted> {
    return this.command(contract.name, payload, options);
  }

  /** The same by the job's name. */
  async command(name: string, payload: unknown, options: CommandOptions = {}): Promise<Accepted> {
    return acceptedOf(await this.#parts.enqueuer.enqueue(this.#definition(name), payload, options));
  }

  /**
   * Commands all jobs of a list or none: whatever can be refused is checked before the first is written. Sent again with
   * the same ids, also after an error of the database in between, it finds what stands and adds the rest.
   * @returns one answer each, in the order of the list.
   * @throws JobsError as {@link enqueue}, with the place of the command in `details.index`.
   */
  async commandAll(
    list: readonly { name: string; payload: unknown; options?: Omit<CommandOptions, 'session'> }[],
  ): Promise<Accepted[]> {
    const commands = list.map(({ name, payload, options = {} }) => ({
      definition: this.#definition(name),
      payload,
      options,
    }));
    return (await enqueueAll(this.#parts, commands)).map(acceptedOf);
  }

  /** @throws JobsError `job-name-unknown`. */
  #definition(name: string): JobDefinition {
    const { definitions } = this.#parts;
    const definition = definitions.get(name);
    if (definition) return definition;
    throw new JobsError(
      'job-name-unknown',
      `job ${JSON.stringify(name)} is not performed here; known are ${[...definitions.keys()].join(', ')}`,
      { name },
    );
  }

  /**
   * Commands jobs together: the batch counts their ends, and commands `onEnd` once when all have ended.
   * @returns the jobs in the order of their ids in the batch, without those for which another job stands;
   *   `conflict: true` with the first batch of that id.
   * @throws JobsError `batch-too-large`, `job-name-unknown`, `payload-invalid`, `payload-too-large`.
   */
  async batch(draft: BatchDraft): Promise<{ batch: BatchView; jobs: JobView[]; conflict: boolean }> {
    const { row, members, conflict } = await this.#parts.room.batches.open(draft);
    return { batch: viewOfBatch(row), jobs: members.map(viewOf), conflict };
  }

  get batches(): BatchDesk {
    return this.#parts.room.desk;
  }

  /** @throws JobsError `job-not-found`. */
  async find(id: string): Promise<JobView> {
    return viewOf(await this.#parts.actions.find(id));
  }

  /** Newest first, or oldest first by `sort: 'asc'`. Pass `next` of one page as `after` of the following. */
  async list(
    filter: JobFilter,
    page: { limit: number; after?: JobPlace | undefined; sort?: 'asc' | 'desc' | undefined },
  ): Promise<{ items: JobView[]; next: Required<JobPlace> | null }> {
    const { records, next } = await listJobs(this.#parts.collections, filter, page);
    return { items: records.map(viewOf), next };
  }

  /** By the time at which they are, or were, due: the earliest first, or the latest by `sort: 'desc'`. Pass the last one's time and id as `after`. */
  async listByTime(
    filter: JobFilter,
    page: { limit: number; after?: TimePlace | undefined; sort?: 'asc' | 'desc' | undefined },
  ): Promise<{ items: JobView[]; hasMore: boolean }> {
    const { collections, queueNames } = this.#parts;
    const { records, hasMore } = await listJobsByTime(collections, await queueNames.all(), filter, page);
    return { items: records.map(viewOf), hasMore };
  }

  counts(filter: JobFilter = {}): Promise<Record<JobState, number>> {
    return countJobs(this.#parts.collections, filter);
  }

  /** The job as soon as it has ended, or as it is after `seconds`. @throws JobsError `job-not-found`. */
  async waitFor(id: string, seconds: number): Promise<JobView> {
    const deadline = Date.now() + seconds * 1_000;
    let pauseMs = WAIT_POLL_MS.first;
    for (;;) {
      const job = await this.find(id);
      const leftMs = deadline - Date.now();
      if (isTerminal(job.state as JobState) || leftMs <= 0) return job;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
      pauseMs = Math.min(pauseMs * 2, WAIT_POLL_MS.longest);
    }
  }

  /** Ancestors, descendants and replays of a job, at most 500. @throws JobsError `job-not-found`. */
  async tree(id: string): Promise<FamilyTree> {
    return familyOf(this.#parts.collections, await this.#parts.actions.find(id));
  }

  /** Ends a waiting job, asks a running one to stop on whichever node it runs. An ended one stays as it is. */
  async cancel(id: string): Promise<JobView> {
    return viewOf(await this.#parts.actions.cancel(id));
  }

  /**
   * Runs a failed, discarded or cancelled job again under its id, or a waiting one now.
   * @param answers says of steps whose outcome is unknown what came of them.
   * @throws JobsError `job-state-conflict`, `step-not-unknown`, `unique-conflict`.
   */
  async retry(id: string, answers: StepAnswers = {}): Promise<JobView> {
    return viewOf(await this.#parts.actions.retry(id, answers));
  }

  /** Makes a waiting job due now. @throws JobsError `job-state-conflict`. */
  async runNow(id: string): Promise<JobView> {
    return viewOf(await this.#parts.actions.runNow(id));
  }

  /** Gives a waiting job another time, lane or number of attempts; a running one only the last. @throws JobsError `job-state-conflict`. */
  async change(id: string, change: JobChange): Promise<JobView> {
    return viewOf(await this.#parts.actions.change(id, change));
  }

  /** Deletes an ended job, also from the ledger. @throws JobsError `job-state-conflict`. */
  remove(id: string): Promise<void> {
    return this.#parts.actions.remove(id);
  }

  /** Accepted against accounted for, per job name. */
  ledger(): Promise<LedgerItem[]> {
    return this.#parts.book.read();
  }

  /** The limits, rates and turns met lately, with who holds them and how many wait. */
  limits(): Promise<LimitView[]> {
    return this.#parts.limits.views();
  }

  queues(): Promise<QueueView[]> {
    return this.#parts.queueRoom.queueViews.all();
  }

  /** @throws JobsError `queue-not-found`. */
  queue(name: string): Promise<QueueView> {
    return this.#parts.queueRoom.queueViews.one(name);
  }

  /** Stops and starts queues, and sets how they are worked, in every process. */
  get queueDesk(): QueueDesk {
    return this.#parts.queueRoom.queueDesk;
  }

  /** What has happened to a queue, minute by minute, for ten days. @throws JobsError `queue-not-found`. */
  async queueHistory(name: string, wish: HistoryWish): Promise<History> {
    this.#parts.queueRoom.queueViews.known(name);
    return this.#parts.queueRoom.history.of(name, wish);
  }

  workers(): Promise<WorkerView[]> {
    return this.#parts.queueRoom.workerDesk.all();
  }

  /** Says to workers what is wanted of them. */
  get workerDesk(): WorkerDesk {
    return this.#parts.queueRoom.workerDesk;
  }

  /** Which version has run since when. */
  get versions(): VersionLog {
    return this.#parts.queueRoom.versions;
  }

  /** What a job has logged, oldest first. @throws JobsError `job-not-found`. */
  async logs(id: string, query: LogQuery): Promise<{ items: LogView[]; next: string | null }> {
    await this.#parts.actions.find(id);
    return readLogs(this.#parts.collections, id, query);
  }

  get breakers(): BreakerDesk {
    return this.#parts.breakerDesk;
  }

  get schedules(): ScheduleDesk {
    return this.#parts.schedules;
  }

  /** Deeds on many jobs at once, worked off in the background. */
  get operations(): OperationDesk {
    return this.#parts.operations;
  }

  get deadLetters(): DeadLetterDesk {
    return this.#parts.desk;
  }

  /** Keeps a message or event that nobody could handle. @returns the dead letter's id. */
  bury(letter: Letter): Promise<string> {
    return this.#parts.deadLetters.bury(letter);
  }

  /** Tells the announcements of a time range again, with their old ids. @returns of how many jobs. */
  republish(range: { from: Date; to: Date; type?: string | undefined }): Promise<number> {
    return republish(this.#parts.collections, range);
  }
}

const acceptedOf = ({ record, ...standing }: Enqueued): Accepted => ({ job: viewOf(record), ...standing });

/** Puts the runtime of a service together. Does no I/O before `start`. */
export function createJobs(options: JobsOptions): Jobs {
  return new Jobs(options);
}
