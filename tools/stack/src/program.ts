import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { stackConfig } from './config.ts';

/** Something that can be run. */
export type Program = { path: string; kind: string };

/** Receives one line of progress at a time, without a line break. */
export type Reporter = (line: string) => void;

/** The first executable file of this name on PATH; undefined when there is none. */
export async function onSearchPath(name: string): Promise<string | undefined> {
  for (const directory of stackConfig.searchPath()) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** True for an existing file that this user may run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
