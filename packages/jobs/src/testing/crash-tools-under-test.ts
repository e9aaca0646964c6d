import type { Connection } from 'mongoose';
import type { JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import type { CrashPoint } from '../runtime/crash-points.ts';
import { testJob } from '../under-test/test-job.ts';
import type { SweepOptions } from './crash-point-sweep.ts';
import type { Scene, SceneTools } from './scene.ts';

/** A scene with the points that lie on its way, and what it must leave. */
export type SweptScene = Pick<SweepOptions, 'effects' | 'expected' | 'command'> &
  Scene & { points: readonly CrashPoint[] };

export const effectsOf = (database: Connection) => database.collection<{ _id: string }>('effects');
/** An effect that can be done again: its id is derived. */
export const leave = (database: Connection, id: string) =>
  effectsOf(database).updateOne({ _id: id }, { $setOnInsert: { by: 'job' } }, { upsert: true });
export const left = async (database: Connection) =>
  (await effectsOf(database).find({}).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
export const statesOf = async (database: Connection) =>
  Object.fromEntries(
    (await database.collection<{ _id: string; state: string }>('jobs').find({}).sort({ _id: 1 }).toArray()).map(
      ({ _id, state }) => [_id, state],
    ),
  );
/** A client asks again for what it has no answer to, and for nothing else. */
export const hasEnded = async (database: Connection, id: string) =>
  (await database.collection<{ _id: string }>('jobs').countDocuments({ _id: id, endedAt: { $exists: true } })) > 0;
export const over: JobDefinition['onEnd'] = (_job, end) => ({
  events: [{ type: 'order.over', version: 1, data: { state: end.state } }],
});
export const marks = ({ database }: SceneTools) =>
  testJob('order.mark', async ({ rootId, payload }) => {
    await leave(database, String(payload['mark'] ?? rootId));
    return done();
  });
