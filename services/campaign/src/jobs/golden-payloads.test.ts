import { campaign } from '@millrace/contracts';
import type { Contract } from '@millrace/jobs';
import { goldenPayloads } from '@millrace/jobs/testing';

const id = '0197c0de-0000-7000-8000-000000000001';

/** A payload of every version that was ever commanded; those of former versions stay as they are. */
const golden: Readonly<Record<string, Readonly<Record<number, unknown>>>> = {
  'campaign.seed': { 1: { campaignId: id, requestedBy: 'ann', mode: 'batch' } },
  'campaign.abandon-seeding': {
    1: { campaignId: id, seedingId: id, jobId: id, reason: { code: 'template-missing', message: 'there is none' } },
  },
  'campaign.delete': { 1: { campaignId: id, requestedBy: 'ann' } },
  'asset.purge': { 1: { assetIds: [id] } },
  'pool.replenish': { 1: { type: 'master' } },
  'pool.monitor': { 1: {} },
  'pool.clean': { 1: {} },
};

const contracts = Object.values(campaign).filter((one) => typeof one === 'object' && 'queue' in one) as Contract[];

test.each(contracts.filter(({ name }) => name in golden).map((contract) => [contract.name, contract] as const))(
  'every version of %s is read and brought up to the newest',
  (name, contract) => {
    expect(() => goldenPayloads(contract, golden[name] ?? {})).not.toThrow();
  },
);

test('every job of the contracts has golden payloads', () => {
  expect(contracts.map(({ name }) => name).toSorted()).toEqual(Object.keys(golden).toSorted());
});
