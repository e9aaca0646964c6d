import { isDeepStrictEqual } from 'node:util';
import { issuesOf } from '../broker/envelope.ts';
import type { Contract } from '../define/define-job.ts';
import { asError } from '../runtime/errors.ts';

/**
 * Holds a contract to one payload of every version: each passes its own schema, and brought up it becomes the newest
 * one. Keep those of former versions as they were: they stand for what is still on its way.
 * @example goldenPayloads(priceOrder, { 1: { euros: 7 }, 2: { cents: 700, currency: 'EUR' } });
 * @throws Error that names every version which has no payload, is refused, or becomes something else.
 */
export function goldenPayloads(contract: Contract, payloads: Readonly<Record<number, unknown>>): void {
  const versions = Object.keys(contract.versions).map(Number);
  const faults = [
    ...versions.flatMap((version) => faultOf(contract, version, payloads) ?? []),
    ...Object.keys(payloads)
      .filter((version) => !versions.includes(Number(version)))
      .map((version) => `version ${version}: the contract has no such version`),
  ];
  if (faults.length > 0) throw new Error(`job ${contract.name}: ${faults.join('; ')}`);
}

function faultOf(contract: Contract, version: number, payloads: Readonly<Record<number, unknown>>): string | undefined {
  if (!(version in payloads)) return `version ${version}: it has no golden payload`;
  const own = contract.versions[version]?.safeParse(payloads[version]);
  if (!own?.success) return `version ${version}: ${own ? issuesOf(own.error) : 'it has no schema'}`;
  try {
    const newest = contract.payload.safeParse(broughtUp(contract, version, payloads[version]));
    if (!newest.success) return `version ${version} brought up to ${contract.version}: ${issuesOf(newest.error)}`;
    const golden = contract.payload.safeParse(payloads[contract.version]);
    if (!golden.success || isDeepStrictEqual(newest.data, golden.data)) return undefined;
    return `version ${version} becomes ${JSON.stringify(newest.data)}, and not ${JSON.stringify(golden.data)}`;
  } catch (error) {
    return `version ${version}: its upcast throws ${asError(error).message}`;
  }
}

function broughtUp({ upcasts, version: newest }: Contract, version: number, payload: unknown): unknown {
  let brought = payload;
  for (let step = version; step < newest; step++) {
    const upcast = upcasts[step];
    if (!upcast) throw new Error(`version ${step} has no upcast to ${step + 1}`);
    brought = upcast(brought as never);
  }
  return brought;
}
