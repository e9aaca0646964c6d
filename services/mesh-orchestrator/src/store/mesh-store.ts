import type { Connection } from 'mongoose';
import { alertsIn } from './alerts.ts';
import { batchesIn } from './batches.ts';
import { meshRunsIn } from './mesh-runs.ts';
import { meshesIn } from './meshes.ts';
import { usageIn } from './usage.ts';
import { webhooksIn } from './webhooks.ts';

/** Operators hear of the same cause once in so long. */
const alertEveryMs = 300_000;

/** Everything that this service keeps. Defines the models at once; whoever connects builds their indexes. */
export function createMeshStore(database: Connection) {
  return {
    meshes: meshesIn(database),
    runs: meshRunsIn(database),
    batches: batchesIn(database),
    usage: usageIn(database),
    webhooks: webhooksIn(database),
    alerts: alertsIn(database, { everyMs: alertEveryMs }),
  };
}
