import { randomInt } from 'node:crypto';

const variable = (name: string): string | undefined => process.env[name] || undefined;

/** What `make chaos` reads from the environment; nothing else in it looks there. */
export const chaosConfig = {
  /** `FULL=1` runs the long forms. */
  isLong: variable('FULL') !== undefined,
  /** `SEED` repeats a run in what it sends and kills; chosen by chance when unset. */
  seed: Number(variable('SEED') ?? randomInt(1_000_000)),
  /** `ONLY=mixed,T3` runs the scenarios of these names; all when unset. */
  only: variable('ONLY')?.split(',') ?? [],
  /** `PLANT=T7` runs T7 on a copy whose code is broken, which has to be seen. */
  plant: variable('PLANT'),
  /** Everything that was set, for children that inherit it. */
  environment: (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
};
