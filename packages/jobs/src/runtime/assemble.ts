import { type BatchRoom, batchRoom } from '../batches/batch-room.ts';
import { BreakerBoard } from '../breakers/breaker-board.ts';
import { BreakerDesk } from '../breakers/breaker-desk.ts';
import { Broker } from '../broker/broker.ts';
import { Dispatcher } from '../broker/dispatcher.ts';
import { brokerNames, MAX_QUEUE_LENGTH, topologyOf } from '../broker/topology.ts';
import { DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { Enqueuer } from '../enqueue/enqueuer.ts';
import { followUp } from '../enqueue/follow-up.ts';
import { UniqueKeys } from '../enqueue/unique-keys.ts';
import { uniqueRoom } from '../enqueue/unique-room.ts';
import { Archive, defaultKeeping } from '../ledger/archive.ts';
import { LedgerBook } from '../ledger/ledger-book.ts';
import { Limits } from '../limits/limits.ts';
import { LogBook } from '../logs/log-book.ts';
import { JobActions } from '../operate/job-actions.ts';
import { type QueueRoom, queueRoomOf } from '../operate/queue-room.ts';
import { QueueSettings } from '../operate/queue-settings.ts';
import { Tally } from '../operate/tally.ts';
import { OperationCrew } from '../operations/operation-crew.ts';
import { OperationDesk } from '../operations/operation-desk.ts';
import { type Collections, collectionsOf } from '../record/collections.ts';
import { DatabaseClock } from '../record/database-clock.ts';
import { GroupCommit } from '../record/group-commit.ts';
import { QueueNames } from '../record/queue-names.ts';
import { Claims } from '../run/claims.ts';
import { Heart } from '../run/heart.ts';
import { Runner } from '../run/runner.ts';
import { Settler } from '../run/settle.ts';
import { Strangers } from '../run/strangers.ts';
import { Toolbox } from '../run/tools.ts';
import type { ScheduleDesk } from '../schedules/schedule-desk.ts';
import { scheduleRoom } from '../schedules/schedule-room.ts';
import { Announcer } from '../sweep/announcer.ts';
import { Overflow } from '../sweep/overflow.ts';
import { newId } from './ids.ts';
import { Life } from './life.ts';
import { type JobsOptions, UNKNOWN_VERSION } from './options.ts';
import { defaultTiming } from './timing.ts';

export type Parts = {
  room: BatchRoom;
  definitions: ReadonlyMap<string, JobDefinition>;
  collections: Collections;
  enqueuer: Enqueuer;
  keys: UniqueKeys;
  clock: DatabaseClock;
  redispatchMs: number;
  limits: Limits;
  actions: JobActions;
  desk: DeadLetterDesk;
  operations: OperationDesk;
  schedules: ScheduleDesk;
  deadLetters: DeadLetters;
  book: LedgerBook;
  queueRoom: QueueRoom;
  queueNames: QueueNames;
  breakerDesk: BreakerDesk;
  life: Life;
};

/** Builds the rooms of the runtime and their doors to each other. Does no I/O. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one list of who knows whom; in parts it would hide the circles
export function assemble(options: JobsOptions): Parts {
  const { database, log, role = 'all', concurrency = 25, maxQueueLength = MAX_QUEUE_LENGTH } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const { redispatchMs } = timing;
  const definitions = new Map(options.definitions.map((definition) => [definition.contract.name, definition]));
  const jobsByQueue = Map.groupBy(definitions.keys(), (name) => definitions.get(name)?.contract.queue ?? '');
  const owner = newId();

  const collections = collectionsOf(database);
  const clock = new DatabaseClock(database, timing.leaseMs);
  const commit = new GroupCommit({ client: database.getClient(), jobs: collections.jobs, clock, log });
  const deadLetters = new DeadLetters(collections);
  const keys = new UniqueKeys(collections, clock);
  const heart = new Heart({ collections, commit, timing, renewLimits: (running) => limits.renew(running), log });
  const settler = new Settler({ commit, clock, redispatchMs, log });

  const names = brokerNames(options.topologyPrefix ?? 'jobs.v1', options.service);
  const queues = [...jobsByQueue.keys()];
  const performs = role === 'worker' || role === 'all';
  const consumed = performs ? queues.filter((queue) => options.queues?.includes(queue) ?? true) : [];
  const takesQuarantine = role === 'quarantine' || (performs && !options.spawnQuarantine);
  const tally = new Tally({ clock });
  const settings = new QueueSettings({
    collections,
    queues,
    defaults: options.queueDefaults ?? {},
    onChange: (queue) => void queueRoom.tuner.apply(queue),
  });
  const broker: Broker = new Broker({
    url: options.amqpUrl,
    names,
    topology: topologyOf(names, queues, maxQueueLength),
    queues,
    consumed,
    takesQuarantine,
    takesDead: role !== 'quarantine',
    confirmTimeoutMs: timing.confirmTimeoutMs,
    log,
    onDelivery: (delivery) => runner.accept(delivery),
    onSuspect: (delivery) => suspects.accept(delivery),
    onDead: (delivery) => life.takeDead(delivery),
    onHint: (hint) => life.hear(hint),
    onConsumingDown: () => {
      runner.forget();
      suspects.forget();
    },
    onMissing: (missing) => life.redispatch(missing),
  } satisfies ConstructorParameters<typeof Broker>[0]);
  const dispatcher = new Dispatcher({
    publisher: broker.publisher,
    names,
    clock,
    holdsBack: (record) => settings.holdsBack(record),
    onLater: (record) => life.releaseInTime(record),
    onRefused: (record) => overflow.refused(record),
    log,
  });
  const overflow: Overflow = new Overflow({
    ...{ collections, clock, commit, broker, dispatcher, settings, maxQueueLength, redispatchMs, log },
  });
  const limits: Limits = new Limits({
    client: database.getClient(),
    collections,
    definitions,
    clock,
    commit,
    dispatcher,
    owner,
    concurrency,
    timing,
    maxOf: ({ queue, rule, key, declared }) => settings.maxOf(queue, key, settings.maxOf(queue, rule, declared)),
    log,
  });
  const { conflicts, successors } = uniqueRoom({
    collections,
    definitions,
    clock,
    keys,
    dispatcher,
    redispatchMs,
    log,
  });
  const enqueuer: Enqueuer = new Enqueuer({
    collections,
    dispatcher,
    clock,
    conflicts,
    successors,
    limits,
    redispatchMs,
    tally,
  });
  const announcer = new Announcer({
    collections,
    announce: options.announce,
    tellBatch: (member) => room.batches.tell(member),
    left: (ended) => {
      void limits.left(ended);
      successors.left(ended);
    },
    enqueue: (command, ended) => followUp({ enqueuer, definitions, deadLetters, clock }, command, ended),
    log,
  });
  const logBook = new LogBook({ collections, everyMs: timing.heartbeatMs, log });
  const hintBreaker = (id: string) => broker.hint({ kind: 'breaker', id });
  const breakers = new BreakerBoard({ collections, clock, log, hint: hintBreaker });
  const breakerDesk = new BreakerDesk({ collections, clock, definitions, hint: hintBreaker });
  const toolbox = new Toolbox({ collections, commit, clock, owner, breakers, logBook, log });
  const claims = new Claims({ collections, commit, owner, claimable: (queue) => settings.claimable(queue) });
  const strangers = new Strangers({ collections, definitions, clock, commit, dispatcher, redispatchMs, log });
  const runnerParts = {
    definitions,
    claims,
    heart,
    settler,
    dispatcher,
    limits,
    announcer,
    strangers,
    toolbox,
    tally,
    shareOf: (queue: string) => settings.shareOf(queue),
    timing,
    log,
  };
  const runner: Runner = new Runner({ ...runnerParts, concurrency, onInHand: () => void queueRoom.tuner.retune() });
  const suspects: Runner = new Runner({ ...runnerParts, concurrency: 1, reserve: () => runner.reserve() });

  const actions = new JobActions({
    collections,
    definitions,
    clock,
    dispatcher,
    keys,
    announcer,
    tally,
    onReopened: (record) => room.batches.tell(record),
    redispatchMs,
    hintCancel: (id) => broker.hint({ kind: 'cancel', id }),
  });
  const room: BatchRoom = batchRoom({ collections, definitions, enqueuer, actions, clock, log });
  const desk = new DeadLetterDesk({
    collections,
    definitions,
    enqueuer,
    actions,
    ...(options.replayEvent && { replayEvent: options.replayEvent }),
  });
  const crew = new OperationCrew({
    collections,
    definitions,
    clock,
    dispatcher,
    announcer,
    keys,
    redispatchMs,
    onCancelled: (record) => tally.count('cancelled', record),
    onReopened: (record) => room.batches.tell(record),
    hintCancel: (id) => broker.hint({ kind: 'cancel', id }),
    desk,
    owner,
    leaseMs: timing.leaseMs,
    sweepMs: timing.sweepMs,
    log,
  });
  const operations = new OperationDesk({ collections, clock, wake: () => crew.wake() });
  const tickerParts = { collections, clock, enqueuer, deadLetters, definitions, timing, log };
  const { schedules, ticker } = scheduleRoom(options, tickerParts);
  const book = new LedgerBook({ collections, clock, names: [...definitions.keys()], log });
  const queueRoom: QueueRoom = queueRoomOf({
    ...{ collections, clock, broker, settings, tally, runner, owner, consumed, takesQuarantine, jobsByQueue, log },
    slots: concurrency,
    leaseMs: timing.leaseMs,
    version: options.version ?? UNKNOWN_VERSION,
    ring: (queue, since) => life.ring(queue, since),
  });
  const keeping = { ...defaultKeeping, ...options.archive };
  const archive = new Archive({ collections, clock, queues, keeping, log });
  const life: Life = new Life({
    archive,
    batchCare: room.care,
    options,
    role,
    owner,
    queues,
    breakers,
    breakerDesk,
    settings,
    tally,
    ...queueRoom,
    timing,
    database,
    collections,
    definitions,
    clock,
    commit,
    broker,
    dispatcher,
    overflow,
    limits,
    announcer,
    settler,
    heart,
    runner,
    suspects,
    strangers,
    deadLetters,
    book,
    ticker,
    successors,
    crew,
  });
  return {
    room,
    definitions,
    collections,
    enqueuer,
    keys,
    clock,
    redispatchMs,
    limits,
    actions,
    desk,
    operations,
    schedules,
    deadLetters,
    book,
    queueRoom,
    queueNames: new QueueNames(collections, queues),
    breakerDesk,
    life,
  };
}
