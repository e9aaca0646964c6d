import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Ask as Call, serviceForTests as onComponents } from '@millrace/service/testing';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

export type { Call };

/** The whole service on real components and a folder of its own; stopped after the file. @param app in place of the service as it is. */
export async function serviceForTests(wish: Readonly<Record<string, string>> = {}, app = createApp) {
  const { folder, tokenOf, ...service } = await onComponents({
    name: 'projects',
    app,
    readConfig,
    env: (own) => ({
      ARTIFACTS_URL: pathToFileURL(join(own, 'artifacts')).href,
      REPOSITORIES_URL: pathToFileURL(join(own, 'repositories')).href,
      ...wish,
    }),
  });
  const artifacts = join(folder, 'artifacts');
  return {
    ...service,
    artifacts,
    repositories: join(folder, 'repositories'),
    /** The files in the store, below `projects/`. */
    async files(): Promise<string[]> {
      const found = await readdir(join(artifacts, 'projects'), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    },
    token: tokenOf,
  };
}
