import type { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import { isNotNow } from '../record/outage.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { Sweeper } from '../sweep/sweeper.ts';
import type { Log } from '../telemetry/log.ts';
import { changePage, type JobPageParts, type Tally } from './job-pages.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { letterPage, replayPage } from './letter-pages.ts';
import type { Cursor, LetterFilter, OperationRow, OperationState } from './operation.ts';
import { PageSize } from './page-size.ts';
import { PagesAhead } from './pages-ahead.ts';

/** With a rate, pages come so often. */
const PAGES_PER_SECOND = 4;
const AT_ONCE = 4;
const MAX_STRIKES = 5;
const KEPT_PROBLEMS = 20;
const KEPT_MS = 30 * 24 * 3_600_000;

type Parts = JobPageParts & {
  desk: DeadLetterDesk;
  owner: string;
  leaseMs: number;
  sweepMs: number;
  log: Log;
};
type NextPage = Pick<OperationRow, 'page' | 'source' | 'cursor'>;

/**
 * Works off operations: takes the lease of one that nobody holds, writes down which items come next, changes them, and
 * enters the result together with the next page. Whoever dies in between is followed by another replica.
 */
export class OperationCrew {
  readonly #parts: Parts;
  readonly #sweeper: Sweeper;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #ahead: PagesAhead;
  readonly #size = new PageSize();
  #looking: Promise<void> | undefined;
  #isStopped = true;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ahead = new PagesAhead(parts.collections);
    this.#sweeper = new Sweeper({
      chores: [
        { name: 'operations', run: () => this.#look() },
        { name: 'old operations', run: () => this.#forget() },
      ],
      intervalMs: parts.sweepMs,
      log: parts.log,
    });
  }

  start(): void {
    this.#isStopped = false;
    this.#sweeper.start();
  }

  /** Hands what is under way to the other replicas, after its present page. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#sweeper.stop();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  /** Looks for work at once. */
  wake(): void {
    if (!this.#isStopped) void this.#look().catch(() => undefined);
  }

  #look(): Promise<void> {
    this.#looking ??= this.#takeWhatIsFree().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #takeWhatIsFree(): Promise<void> {
    while (!this.#isStopped && this.#underWay.size < AT_ONCE) {
      const row = await this.#take();
      crashPoint('operation.taken');
      if (!row) return;
      const working = this.#carryOut(row).finally(() => {
        this.#underWay.delete(row._id);
        this.#ahead.forget(row._id);
        this.#size.forget(row._id);
      });
      this.#underWay.set(row._id, working);
    }
  }

  async #take(): Promise<OperationRow | null> {
    const { collections, clock, leaseMs, owner } = this.#parts;
    const expired = new Date(clock.now().getTime() - leaseMs);
    return collections.operations.findOneAndUpdate(
      { state: 'running', $or: [{ lease: { $exists: false } }, { 'lease.renewedAt': { $lt: expired } }] },
      {
        $set: { 'lease.token': newId(), 'lease.owner': owner },
        $currentDate: { 'lease.renewedAt': true, startedAt: true, updatedAt: true },
      },
      { sort: { createdAt: 1 }, returnDocument: 'after' },
    );
  }

  async #carryOut(taken: OperationRow): Promise<void> {
    let row: OperationRow | null = taken;
    const lease = new LeaseKeeper(this.#parts.collections, taken, this.#parts.leaseMs);
    try {
      while (row?.state === 'running' && !this.#isStopped) row = await this.#step(row, lease);
      if (row?.state === 'running') await this.#save(row, { $unset: { lease: '' } });
      else if (row) this.#parts.log.info({ operation: row._id, kind: row.kind, state: row.state }, 'operation ended');
    } catch (error) {
      await this.#stumble(row ?? taken, asError(error)).catch(() => undefined);
    } finally {
      lease.end();
    }
  }

  /** One page, entered together with the next one. */
  async #step(row: OperationRow, lease: LeaseKeeper): Promise<OperationRow | null> {
    if (row.cancelRequestedAt) return this.#end(row, 'cancelled');
    if (row.page.length === 0) {
      const first = await this.#nextPage(row, { job: undefined });
      return first ? this.#save(row, { $set: first }) : this.#end(row, 'completed');
    }
    const begun = performance.now();
    const { done, skipped, problems } = await this.#act(row, lease);
    this.#size.took(row._id, row.page.length, performance.now() - begun);
    crashPoint('operation.page-done');
    const next = row.cursor ? await this.#nextPage(row, row.cursor) : await this.#nextSource(row);
    if (row.rate) await pause((row.page.length / row.rate) * 1_000 - (performance.now() - begun));
    return this.#save(row, {
      $set: { ...(next ?? { page: [] }), strikes: 0 },
      $inc: { done, skipped, failed: problems.length },
      ...(problems.length > 0 && { $push: { problems: { $each: problems, $slice: -KEPT_PROBLEMS } } }),
      ...(!next && { end: row.cancelRequestedAt ? 'cancelled' : 'completed' }),
    });
  }

  #act(row: OperationRow, lease: LeaseKeeper): Promise<Tally> {
    return row.source === 'letter' ? replayPage(this.#parts, row, lease) : changePage(this.#parts, row);
  }

  async #nextPage(row: OperationRow, after: Cursor | { job: undefined }): Promise<NextPage | undefined> {
    const limit = this.#limitOf(row);
    const letters = JSON.parse(row.filter) as LetterFilter;
    if ('letter' in after) return this.#letters(row, after.letter);
    if (row.kind === 'replay' && letters.source && letters.source !== 'job') return this.#letters(row);
    const page = await this.#ahead.page(row, limit, after.job);
    if (page.ids.length === 0) return this.#nextSource(row);
    return { page: page.ids, source: 'job', cursor: page.next && { job: page.next } };
  }

  /** After the failed jobs come messages and events. */
  async #nextSource(row: OperationRow): Promise<NextPage | undefined> {
    if (row.kind !== 'replay' || row.source === 'letter') return undefined;
    return this.#letters(row);
  }

  #limitOf({ _id, rate }: OperationRow): number {
    const size = this.#size.of(_id);
    return rate ? Math.min(size, Math.ceil(rate / PAGES_PER_SECOND)) : size;
  }

  async #letters(row: OperationRow, after?: string): Promise<NextPage | undefined> {
    const { ids, cursor } = await letterPage(this.#parts.collections, JSON.parse(row.filter) as LetterFilter, {
      before: row.before,
      limit: this.#limitOf(row),
      after,
    });
    return ids.length > 0 ? { page: ids, source: 'letter', cursor } : undefined;
  }

  #end(row: OperationRow, state: OperationState): Promise<OperationRow | null> {
    return this.#save(row, { end: state });
  }

  /** Only by whoever holds the lease, and only from the page that it knows. @returns null when somebody else has gone on. */
  #save(
    row: OperationRow,
    {
      end,
      $set,
      $unset,
      ...update
    }: { end?: OperationState; $set?: object; $unset?: object; [operator: string]: unknown },
  ): Promise<OperationRow | null> {
    const isOver = end !== undefined || ($unset && 'lease' in $unset);
    const change = {
      ...update,
      $set: { ...$set, ...(end && { state: end }) },
      ...(isOver && { $unset: { ...$unset, lease: '' } }),
      $inc: { ...(update['$inc'] as object | undefined), turn: 1 },
      $currentDate: { updatedAt: true, ...(end ? { endedAt: true } : !isOver && { 'lease.renewedAt': true }) },
    };
    return this.#parts.collections.operations.findOneAndUpdate(
      { _id: row._id, 'lease.token': row.lease?.token ?? '', turn: row.turn, state: 'running' },
      change as object,
      { returnDocument: 'after' },
    );
  }

  /** While database or event bus are away the lease runs out and the page is done again; what fails again and again is given up. */
  async #stumble(row: OperationRow, error: Error): Promise<void> {
    this.#parts.log.warn({ operation: row._id, reason: error.message }, 'operation has stumbled');
    if (isNotNow(error)) return;
    const isLast = row.strikes + 1 >= MAX_STRIKES;
    await this.#save(row, {
      $set: { error: error.message, strikes: row.strikes + 1 },
      ...(isLast ? { end: 'failed' as const } : {}),
    });
  }

  async #forget(): Promise<void> {
    const before = new Date(this.#parts.clock.now().getTime() - KEPT_MS);
    await this.#parts.collections.operations.deleteMany({ endedAt: { $lt: before } });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
