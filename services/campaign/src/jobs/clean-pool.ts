import { cleanPool } from '@millrace/contracts/campaign';
import { defineJob, done } from '@millrace/jobs';
import { type PoolStore, tendAll } from './tend-pool.ts';

/** Puts the places of all pools in order, whether or not anything is to be built. */
export const cleanPoolJob = ({ store }: { store: PoolStore }) =>
  defineJob(cleanPool, {
    unique: { key: () => 'all' },
    run: async ({ signal }) => done({ result: { freed: await tendAll(store, signal) } }),
  });
