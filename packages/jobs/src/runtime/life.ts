import type { Hint } from '../broker/hints.ts';
import type { Delivery } from '../broker/worker-link.ts';
import { ensureIndexes } from '../record/collections.ts';
import type { JobRecord } from '../record/record.ts';
import { endOrphanedTransactions, Presence, type Wishes } from '../sweep/presence.ts';
import {
  dispatchDue,
  type RedispatchParts,
  redispatchAll,
  redispatchResumed,
  releaseInTime,
} from '../sweep/redispatch.ts';
import { type Chore, Sweeper } from '../sweep/sweeper.ts';
import { Undertaker } from '../sweep/undertaker.ts';
import type { Log } from '../telemetry/log.ts';
import { countFromZero, observeGauges } from '../telemetry/metrics.ts';
import { choresOf, redispatchingOf } from './chores.ts';
import { asError } from './errors.ts';
import type { LifeParts } from './life-parts.ts';
import { UNKNOWN_VERSION } from './options.ts';
import { Quarantine } from './quarantine.ts';

const CLOSE_MS = 2_000;
const AGAIN_MS = 50;

/** Starting, sweeping and stopping of one runtime. */
export class Life {
  readonly #parts: LifeParts;
  readonly #log: Log;
  readonly #sweeper: Sweeper;
  /** Apart from the other, whose chores may wait for the very records that this one frees. */
  readonly #unlocker: Sweeper;
  readonly #presence: Presence;
  readonly #redispatching: RedispatchParts;
  readonly #undertaker: Undertaker;
  readonly #quarantine: Quarantine | undefined;
  #state: 'running' | 'quiet' | 'stopping' = 'running';
  #hasIndexes = false;
  #isStarted = false;
  #stopping: Promise<void> | undefined;
  #stopGauges: (() => void) | undefined;
  #lastBusy = performance.now();

  constructor(parts: LifeParts) {
    this.#parts = parts;
    const { options, timing, collections, owner, tuner, heart, queues } = parts;
    const { log, spawnQuarantine: spawn } = options;
    this.#log = log;
    this.#redispatching = redispatchingOf(parts);
    this.#sweeper = new Sweeper({ chores: this.#chores(), intervalMs: timing.sweepMs, log });
    this.#unlocker = new Sweeper({
      chores: [
        {
          name: 'orphaned transactions',
          run: () =>
            endOrphanedTransactions(
              collections,
              parts.database.getClient().db(parts.database.name),
              parts.clock.now(),
              timing.leaseMs,
            ),
        },
      ],
      intervalMs: timing.sweepMs,
      log,
    });
    this.#undertaker = new Undertaker({ ...parts, log });
    this.#quarantine = spawn && parts.role !== 'api' ? new Quarantine({ spawn, log }) : undefined;
    this.#presence = new Presence({
      collections,
      owner,
      clock: parts.clock,
      commit: parts.commit,
      intervalMs: timing.heartbeatMs,
      log,
      describe: () => ({
        queues: [...(options.queues ?? queues)],
        slots: tuner.slots,
        running: heart.running.filter(({ isBegun }) => isBegun).map(({ record }) => record._id),
        version: options.version ?? UNKNOWN_VERSION,
        state: this.#state,
      }),
      heed: (wishes) => this.#heed(wishes),
    });
  }

  async start(): Promise<void> {
    if (this.#isStarted || this.#stopping) return;
    this.#isStarted = true;
    const { role, heart, broker } = this.#parts;
    countFromZero([...this.#parts.definitions.values()].map(({ contract }) => contract));
    heart.start();
    this.#sweeper.start();
    this.#unlocker.start();
    if (role !== 'quarantine') this.#parts.crew.start();
    if (role !== 'quarantine' && this.#parts.options.schedules) this.#parts.ticker.start();
    if (role !== 'api') this.#presence.start();
    if (role === 'api' || role === 'all') this.#stopGauges = observeGauges(this.#gauges());
    broker.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  troubles(): string[] {
    const { broker, database } = this.#parts;
    return [
      ...(database.readyState === 1 ? [] : ['mongodb: not connected']),
      ...(this.#hasIndexes ? [] : ['mongodb: indexes are not ensured yet']),
      ...(this.#parts.settings.isKnown ? [] : ['mongodb: the settings of the queues are not read yet']),
      ...broker.troubles,
    ];
  }

  async idleFor(ms: number): Promise<void> {
    this.#lastBusy = performance.now();
    while (!this.#stopping) {
      if (this.#parts.heart.running.length > 0) this.#lastBusy = performance.now();
      if (performance.now() - this.#lastBusy > ms) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(250, ms)));
    }
  }

  takeDead(delivery: Delivery): void {
    this.#undertaker.take(delivery).catch((error: unknown) => {
      this.#log.warn({ messageId: delivery.messageId, reason: asError(error).message }, 'dead message not buried yet');
      // Kept in hand, because the queue has a place for so many only; the broker has it back when this process ends.
      this.#sweeper.later(() => this.takeDead(delivery), this.#parts.timing.sweepMs);
    });
  }

  /** What another process of the cluster has changed. */
  hear({ kind, id }: Hint): void {
    const { heart, settings, queues, breakers, owner } = this.#parts;
    if (kind === 'cancel') heart.cancel(id);
    if (kind === 'worker' && id === owner) this.#presence.tell();
    if (kind === 'breaker') breakers.forget(id);
    if (kind === 'queue' && queues.includes(id)) void settings.refresh().catch(() => undefined);
  }

  /** Does what a person wants of this worker; each wish is done once, however often it is heard. */
  #heed({ wish, wishedSlots }: Wishes): void {
    const { options, tuner } = this.#parts;
    if (wishedSlots !== undefined && wishedSlots !== tuner.slots) void tuner.resize(wishedSlots);
    if (wish === undefined || this.#state === 'stopping' || this.#state === wish) return;
    this.#log.info({ wish }, 'somebody wants this worker to take no more work');
    this.#state = wish === 'stop' ? 'stopping' : 'quiet';
    void tuner.quiet().then(() => this.#presence.tell());
    if (wish === 'stop') (options.onStopWish ?? (() => void this.stop()))();
  }

  /** Gives messages to what has waited for its queue to be resumed. */
  async ring(queue: string, since: Date): Promise<void> {
    await redispatchResumed(this.#redispatching, queue, since);
    await this.#dispatchDue(queue);
  }

  /** The next sweep would be late for what is due before it. */
  releaseInTime(record: JobRecord): void {
    releaseInTime(this.#redispatching, record, (job, ms) => this.#sweeper.later(job, ms));
  }

  /** Whichever link came up first has seen that the queues are missing; the one that publishes may still be on its way. */
  redispatch(queues: readonly string[], missingSince = performance.now()): void {
    const { clock, broker } = this.#parts;
    if (!broker.publisher.isOpen) {
      this.#sweeper.later(() => this.redispatch(queues, missingSince), AGAIN_MS);
      return;
    }
    // What was dispatched later has found queue and publisher in their places.
    const ageMs = Math.min(performance.now() - missingSince, broker.publisher.link.upForMs);
    redispatchAll({ ...this.#parts, log: this.#log }, queues, new Date(clock.now().getTime() - ageMs)).catch(
      (error: unknown) =>
        this.#log.warn(
          { queues, reason: asError(error).message },
          'jobs of missing queues not dispatched, the sweeper will',
        ),
    );
  }

  async #stop(): Promise<void> {
    if (!this.#isStarted) return;
    const { options, broker, runner, suspects, heart, announcer, commit, history } = this.#parts;
    this.#state = 'stopping';
    this.#presence.tell();
    this.#stopGauges?.();
    const drainMs = options.drainMs ?? 25_000;
    const quarantineEnded = this.#quarantine?.end(drainMs + CLOSE_MS);
    await broker.quiet();
    await Promise.all([runner.drain(drainMs), suspects.drain(drainMs), quarantineEnded]);
    const { crew, ticker, overflow } = this.#parts;
    await Promise.all([this.#sweeper.stop(), this.#unlocker.stop(), ticker.stop(), crew.stop()]);
    const { limits, successors } = this.#parts;
    const ending = Promise.all([announcer.settled(), overflow.stop(), limits.stop(), successors.settled()]);
    await Promise.race([ending, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    await Promise.race([
      history.flush().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
    ]);
    heart.stop();
    await commit.close(CLOSE_MS);
    await this.#presence.stop();
    await broker.stop();
  }

  #chores(): Chore[] {
    return choresOf(this.#parts, {
      redispatching: this.#redispatching,
      dispatchDue: (queue) => this.#dispatchDue(queue),
      ensureIndexes: () => this.#ensureIndexes(),
      isolate: () => this.#isolate(),
    });
  }

  #dispatchDue(queue: string): Promise<void> {
    return dispatchDue(this.#redispatching, queue, (job, ms) => this.#sweeper.later(job, ms));
  }

  async #ensureIndexes(): Promise<void> {
    if (this.#hasIndexes) return;
    await ensureIndexes(this.#parts.collections);
    this.#hasIndexes = true;
  }

  async #isolate(): Promise<void> {
    const { broker, queues } = this.#parts;
    if (!this.#quarantine || !queues[0]) return;
    this.#quarantine.attend((await broker.depthOf(queues[0]))?.quarantine ?? 0);
  }

  #gauges() {
    const { queues, queueViews, settings, book, breakerDesk } = this.#parts;
    return {
      backlog: () =>
        Promise.all(
          queues.map(async (queue) => {
            const { ready, running, oldestWaitMs } = await queueViews.backlog(queue);
            return {
              queue,
              jobs: ready + running,
              oldestSeconds: (oldestWaitMs ?? 0) / 1_000,
              isPaused: settings.of(queue).paused,
            };
          }),
        ),
      breakers: () => breakerDesk.gauged(),
      imbalance: async () => (await book.recent()).map(({ name, imbalance }) => ({ job: name, imbalance })),
    };
  }
}
