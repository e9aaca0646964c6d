import { v7 } from 'uuid';
import { poolKey } from '../domain/ids.ts';
import type { PoolSlot, PoolType } from '../domain/pool.ts';
import { runSeeding } from '../jobs/run-seeding.ts';
import type { TestStore } from './store-for-tests.ts';

/** Opens so many places and, unless told otherwise, has them seeded as the jobs would. @returns the places. */
export async function fillPool(
  { store }: TestStore,
  members: number,
  { type = 'master', sub, isSeeded = true }: { type?: PoolType; sub?: string; isSeeded?: boolean } = {},
): Promise<PoolSlot[]> {
  const pool = poolKey(type, sub);
  await store.slots.prepare({ pool, type, max: members });
  const opened: PoolSlot[] = [];
  for (const slot of await store.slots.of(pool)) {
    const open = slot.campaignId === null ? await store.slots.open(slot) : null;
    if (!open) continue;
    await store.members.create(open);
    if (isSeeded) await seedMember({ store }, open);
    opened.push(open);
  }
  return opened;
}

export async function seedMember({ store }: Pick<TestStore, 'store'>, { campaignId }: PoolSlot): Promise<void> {
  const jobId = v7();
  await runSeeding(store, { campaignId: String(campaignId), requestedBy: null, mode: 'batch', rootId: jobId, jobId });
}
