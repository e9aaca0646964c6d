import type { Outbox } from '@millrace/events';
import { type Batch, type BatchItem, type ItemEnd, inState } from '../domain/batch.ts';
import { isEnded, type Mesh } from '../domain/mesh.ts';
import type { Batches } from '../store/batches.ts';
import type { Meshes } from '../store/meshes.ts';

export type SettleDeps = {
  readonly batches: Pick<Batches, 'find' | 'settle'>;
  readonly meshes: Pick<Meshes, 'findAll'>;
  readonly outbox: Pick<Outbox, 'tell'>;
};

/** Takes down what has become of the meshes of a batch since the last look. @returns the batch as it is then. */
export async function settleBatch(deps: SettleDeps, batch: Batch): Promise<Batch> {
  const running = inState(batch, 'running');
  const meshes = new Map(
    (await deps.meshes.findAll(running.map(({ meshId }) => meshId))).map((mesh) => [mesh._id, mesh]),
  );
  let present = batch;
  for (const item of running) {
    const mesh = meshes.get(item.meshId);
    if (mesh && !isEnded(mesh)) continue;
    present = await settleItem(deps, present, item, ...endOf(mesh));
  }
  return present;
}

/** Somebody else has settled it, or the batch has changed meanwhile: the next look sees what is left to do. */
export async function settleItem(
  { batches, outbox }: SettleDeps,
  batch: Batch,
  item: BatchItem,
  end: ItemEnd,
  error: BatchItem['error'],
): Promise<Batch> {
  const settled = await batches.settle(batch, item, end, error, new Date());
  if (settled) await outbox.tell([settled]);
  return settled ?? (await batches.find(batch._id)) ?? batch;
}

function endOf(mesh: Mesh | undefined): [ItemEnd, BatchItem['error']] {
  if (!mesh) return ['failed', { code: 'mesh-missing', message: 'its mesh is gone' }];
  if (mesh.status === 'completed' || mesh.status === 'cancelled') return [mesh.status, null];
  return ['failed', mesh.error ?? { code: 'unknown', message: 'no reason is known' }];
}
