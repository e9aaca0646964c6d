import { Watchdog } from '../broker/watchdog.ts';
import { sweepLeases } from '../sweep/lease-sweep.ts';
import { forgetWorkers } from '../sweep/presence.ts';
import { type RedispatchParts, redispatchOverdue } from '../sweep/redispatch.ts';
import { Relay } from '../sweep/relay.ts';
import type { Chore } from '../sweep/sweeper.ts';
import type { LifeParts } from './life-parts.ts';

/** Chores of {@link Life} itself. */
type Own = {
  redispatching: RedispatchParts;
  dispatchDue(queue: string): Promise<void>;
  ensureIndexes(): Promise<void>;
  isolate(): Promise<void>;
};

/** What every replica does in each sweep, in this order. */
export function choresOf(parts: LifeParts, own: Own): Chore[] {
  const {
    batchCare,
    collections,
    clock,
    definitions,
    settler,
    dispatcher,
    announcer,
    timing,
    settings,
    tally,
    history,
    queueDesk,
    queues,
    book,
    role,
  } = parts;
  const log = parts.options.log;
  const relay = new Relay({ collections, clock, announcer, afterMs: timing.relayAfterMs });
  const chores: Chore[] = [
    { name: 'clock', run: () => clock.sync() },
    { name: 'queue settings', run: () => settings.refresh() },
    { name: 'indexes', run: () => own.ensureIndexes() },
    {
      name: 'leases',
      run: () =>
        sweepLeases({
          collections,
          definitions,
          clock,
          settler,
          dispatcher,
          announcer,
          tally,
          leaseMs: timing.leaseMs,
          log,
        }),
    },
    ...queues.map((queue) => ({
      name: `due ${queue}`,
      run: () => own.dispatchDue(queue),
    })),
    ...queues.map((queue) => ({
      name: `overdue ${queue}`,
      run: () => redispatchOverdue(own.redispatching, queue),
    })),
    { name: 'drained queues', run: () => queueDesk.endDrains() },
    { name: 'resumed queues', run: () => queueDesk.ringOut() },
    { name: 'queue history', run: () => history.flush() },
    { name: 'queue backlogs', run: () => history.sample() },
    { name: 'version', run: () => parts.versions.note() },
    { name: 'relay', run: () => relay.sweep() },
    { name: 'workers', run: () => forgetWorkers(collections, clock.now()) },
    { name: 'successors', run: () => parts.successors.sweep() },
    { name: 'limits', run: () => parts.limits.reconcile() },
    { name: 'batches', run: () => batchCare.sweep() },
    { name: 'archive', run: () => parts.archive.sweep() },
    { name: 'ledger', run: () => book.check() },
    { name: 'quarantine', run: () => own.isolate() },
  ];
  return role === 'quarantine' ? chores.slice(0, 3) : chores;
}

/** What the sweeper sends again, and where; whoever asks how many messages wait tells the watchdog too. */
export function redispatchingOf({ broker, timing, options: { log }, ...parts }: LifeParts): RedispatchParts {
  const watchdog = new Watchdog({ consumers: broker, sweepMs: timing.sweepMs, log });
  return {
    ...parts,
    async depthOf(queue) {
      const depth = broker.publisher.isOpen ? await broker.depthOf(queue) : undefined;
      if (depth) await watchdog.look(queue, depth.byLane);
      return depth;
    },
    redispatchMs: timing.redispatchMs,
    sweepMs: timing.sweepMs,
    log,
  };
}
