import type { Broker } from '../broker/broker.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Runner } from '../run/runner.ts';
import type { Log } from '../telemetry/log.ts';
import { QueueDesk } from './queue-desk.ts';
import { QueueHistory } from './queue-history.ts';
import type { QueueSettings } from './queue-settings.ts';
import { QueueTuner } from './queue-tuner.ts';
import { QueueViews } from './queue-views.ts';
import type { Tally } from './tally.ts';
import { VersionLog } from './version-log.ts';
import { WorkerDesk } from './worker-desk.ts';

type Parts = {
  collections: Collections;
  clock: DatabaseClock;
  broker: Broker;
  settings: QueueSettings;
  tally: Tally;
  runner: Runner;
  owner: string;
  consumed: readonly string[];
  takesQuarantine: boolean;
  jobsByQueue: ReadonlyMap<string, readonly string[]>;
  slots: number;
  leaseMs: number;
  version: string;
  ring(queue: string, since: Date): Promise<void>;
  log: Log;
};

/** All that shows and changes how queues and workers go on, and what they run. */
export type QueueRoom = {
  readonly tuner: QueueTuner;
  readonly queueDesk: QueueDesk;
  readonly queueViews: QueueViews;
  readonly history: QueueHistory;
  readonly workerDesk: WorkerDesk;
  readonly versions: VersionLog;
};

/** Builds it. Does no I/O. */
export function queueRoomOf(parts: Parts): QueueRoom {
  const { broker, jobsByQueue } = parts;
  const queues = [...jobsByQueue.keys()];
  const queueDesk = new QueueDesk({ ...parts, queues, hint: (id) => broker.hint({ kind: 'queue', id }) });
  const history = new QueueHistory({
    ...parts,
    queues,
    async backlogOf(queue) {
      const { ready, running } = await queueViews.backlog(queue);
      return ready + running;
    },
  });
  const queueViews: QueueViews = new QueueViews({ ...parts, desk: queueDesk, history });
  return {
    tuner: new QueueTuner(parts),
    queueDesk,
    queueViews,
    history,
    workerDesk: new WorkerDesk({ ...parts, hint: (id) => broker.hint({ kind: 'worker', id }) }),
    versions: new VersionLog(parts),
  };
}
