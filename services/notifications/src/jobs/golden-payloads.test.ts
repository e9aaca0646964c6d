import { notifications } from '@millrace/contracts';
import type { Contract } from '@millrace/jobs';
import { goldenPayloads } from '@millrace/jobs/testing';

const id = '0197c0de-0000-7000-8000-000000000001';

/** A payload of every version that was ever commanded; those of former versions stay as they are. */
const golden: Readonly<Record<string, Readonly<Record<number, unknown>>>> = {
  'notification.deliver': { 1: { deliveryId: id, generation: 0 } },
  'notification.digest': { 1: { digestId: id } },
  'notification.remind': { 1: { alertId: id, round: 1 } },
  'notification.abandon': { 1: { deliveryId: id, generation: 0, reason: 'it was cancelled' } },
};

const contracts = Object.values(notifications).filter(
  (one) => typeof one === 'object' && 'queue' in one,
) as unknown as Contract[];

test('every job has its golden payloads', () => {
  expect(contracts.map(({ name }) => name).sort()).toEqual(Object.keys(golden).sort());
});

test.each(contracts.map((contract) => [contract.name, contract] as const))(
  'every version of %s is read and brought up to the newest',
  (name, contract) => {
    expect(() => goldenPayloads(contract, golden[name] ?? {})).not.toThrow();
  },
);
