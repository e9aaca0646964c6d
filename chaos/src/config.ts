import { randomInt } from 'node:crypto';

const variable = (name: string): string | undefined => process.env[name] || undefined;

/** What `make chaos` reads from the environment; nothing else in it looks there. */
export const chaosConfig = {
  /** `FULL=1` runs the long forms. */
  isLong: variable('FULL') !== undefined,
  /** `SEED` repeats a run in what it sends and kills; chosen by chance when unset. */
  seed: Number(variable('SEED') ?? randomInt(1_000_000)),
  /** `ONLY=mixed,T3` runs the scenarios whose names begin so; all when unset. */
  only: variable('ONLY')?.split(',') ?? [],
  /** `PLANT=effect|notice|file|ledger` spoils what the mixed load has left, and the checks have to see it. */
  plant: variable('PLANT'),
  /** Has fixtures that read the environment find what was started for them. */
  provide: (variables: Readonly<Record<string, string>>): void => void Object.assign(process.env, variables),
  /** Everything that was set, for children that inherit it. */
  environment: (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
};
