import type { EventContract, JobContract } from '@millrace/contracts';

/** A contract with the service that owns it and the name by which code imports it. */
export type Owned<Contract> = { readonly owner: string; readonly constant: string; readonly contract: Contract };

export type ContractList = {
  readonly jobs: readonly Owned<JobContract>[];
  readonly events: readonly Owned<EventContract>[];
};

/**
 * Finds every contract in the contracts package: one namespace per owning service, its name in camelCase.
 * Sorted by name and type, so that what is generated from it does not depend on the order of exports.
 */
export function listContracts(contracts: Readonly<Record<string, unknown>>): ContractList {
  const exported = Object.entries(contracts)
    .filter(([, owned]) => typeof owned === 'object' && owned !== null)
    .flatMap(([owner, owned]) =>
      Object.entries(owned as object).map(([constant, contract]) => ({ owner: kebab(owner), constant, contract })),
    );
  const jobs = exported.filter((one): one is Owned<JobContract> => isJob(one.contract));
  const events = exported.filter((one): one is Owned<EventContract> => isEvent(one.contract));
  return {
    jobs: jobs.toSorted((a, b) => a.contract.name.localeCompare(b.contract.name)),
    events: events.toSorted((a, b) => a.contract.type.localeCompare(b.contract.type)),
  };
}

/** `seedCampaign` → `seed-campaign`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const isJob = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'queue' in value && 'versions' in value && 'name' in value;

const isEvent = (value: unknown): boolean => typeof value === 'function' && 'type' in value && 'data' in value;
