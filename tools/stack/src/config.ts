import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What this package reads from the environment; nothing else in it looks there. */
export const stackConfig = {
  /** Everything that was set, for children that inherit it. */
  environment: (): NodeJS.ProcessEnv => ({ ...process.env }),
  /** The value of one variable, or of the file that `NAME_FILE` names; what is set to nothing counts as not set. @throws Error for a file that cannot be read. */
  variable: (name: string): string | undefined => process.env[name] || inFile(name),
  /** What of these holds beside everything that was set, by itself or as a file. */
  unlessSet: (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !process.env[name] && !process.env[`${name}_FILE`])),
  searchPath: (): readonly string[] => (process.env['PATH'] ?? '').split(':').filter(Boolean),
  /** Builds are kept outside the checkout, so that a machine builds each of them once. */
  cacheDirectory: (): string =>
    process.env['MILLRACE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace'),
  /** Where a cluster keeps its data, logs and state; `.millrace` in the checkout unless MILLRACE_DIRECTORY names another place. */
  clusterDirectory: (root: string): string => process.env['MILLRACE_DIRECTORY'] ?? join(root, '.millrace'),
  /** `FREE_PORTS=1` gives a cluster free ports instead of the usual ones. */
  areFreePortsWanted: (): boolean => process.env['FREE_PORTS'] === '1',
  /** `DOCKER=off` starts local processes even where a daemon answers. */
  isDockerAllowed: (): boolean => process.env['DOCKER'] !== 'off',
};

function inFile(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd() || undefined;
  } catch (error) {
    throw new Error(`${name}_FILE: cannot read ${file}; name a file that holds the value, or unset it`, {
      cause: error,
    });
  }
}
