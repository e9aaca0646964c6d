import { music } from '@millrace/contracts';
import type { Contract } from '@millrace/jobs';
import { goldenPayloads } from '@millrace/jobs/testing';

const id = '0197c0de-0000-7000-8000-000000000001';

/** A payload of every version that was ever commanded; those of former versions stay as they are. */
const golden: Readonly<Record<string, Readonly<Record<number, unknown>>>> = {
  'album.import-releases': { 1: { albumId: id, requestedBy: 'ann', occasion: 'creation' } },
  'album.abandon-import': {
    1: { albumId: id, importId: id, jobId: id, state: 'failed', reason: { code: 'needs-match', message: 'none' } },
  },
  'album.gather': { 1: { ownerId: 'ann', artistId: id, releaseGroupIds: [], dryRun: false } },
  'album.refresh': { 1: {} },
  'album.match-releases': { 1: { albumId: id } },
};

const contracts = Object.values(music).filter((one) => typeof one === 'object' && 'queue' in one) as Contract[];

test.each(contracts.filter(({ name }) => name in golden).map((contract) => [contract.name, contract] as const))(
  'every version of %s is read and brought up to the newest',
  (name, contract) => {
    expect(() => goldenPayloads(contract, golden[name] ?? {})).not.toThrow();
  },
);

test('every job of the contracts has golden payloads', () => {
  expect(contracts.map(({ name }) => name).toSorted()).toEqual(Object.keys(golden).toSorted());
});
