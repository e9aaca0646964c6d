import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import git from 'isomorphic-git';
import type { Repositories } from '../domain/steps/repository.ts';

const author = { name: 'Millrace', email: 'projects@millrace.invalid', timezoneOffset: 0 };
const fileMode = '100644';

/** Bare git repositories, `<project id>.git` each, below a folder that all replicas share. @param url `file:`. */
export function repositoriesAt(url: string): Repositories {
  const gitdirOf = (projectId: string) => join(fileURLToPath(url), `${projectId}.git`);

  const headOf = (projectId: string, branch: string) =>
    git.resolveRef({ fs, gitdir: gitdirOf(projectId), ref: `refs/heads/${branch}` });

  return {
    async create(projectId, first) {
      const target = gitdirOf(projectId);
      const aside = `${target}.${randomUUID()}`;
      await removeLeftovers(target);
      const commit = await build(aside, first);
      // Whole or not at all: a process that dies while it builds leaves nothing that looks like a repository.
      if (await isMovedTo(aside, target)) return commit;
      await rm(aside, { recursive: true });
      const repository = { fs, gitdir: target };
      for (const branch of first.branches)
        if ((await this.head(projectId, branch)) === undefined) {
          await git.readCommit({ ...repository, oid: commit });
          await git.writeRef({ ...repository, ref: `refs/heads/${branch}`, value: commit });
        }
      return commit;
    },

    async head(projectId, branch) {
      try {
        return await headOf(projectId, branch);
      } catch (error) {
        if (error instanceof git.Errors.NotFoundError) return undefined;
        throw error;
      }
    },

    async readFile(projectId, branch, filepath) {
      const oid = await headOf(projectId, branch);
      const { blob } = await git.readBlob({ fs, gitdir: gitdirOf(projectId), oid, filepath });
      return Buffer.from(blob).toString('utf8');
    },

    remove: (projectId) => rm(gitdirOf(projectId), { recursive: true, force: true }),
  };
}

/** A bare repository with one commit. @returns its id. */
async function build(gitdir: string, { files, branches, at }: Parameters<Repositories['create']>[1]): Promise<string> {
  const repository = { fs, gitdir };
  await git.init({ ...repository, bare: true, defaultBranch: 'main' });
  const tree = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({
      mode: fileMode,
      path,
      oid: await git.writeBlob({ ...repository, blob: Buffer.from(text) }),
      type: 'blob' as const,
    })),
  );
  const by = { ...author, timestamp: Math.floor(at.getTime() / 1_000) };
  const root = await git.writeTree({ ...repository, tree });
  const commit = await git.writeCommit({
    ...repository,
    commit: { message: 'Set the project up\n', tree: root, parent: [], author: by, committer: by },
  });
  for (const branch of branches) await git.writeRef({ ...repository, ref: `refs/heads/${branch}`, value: commit });
  // Whoever pushes may not rewrite or delete what is there.
  await git.setConfig({ ...repository, path: 'receive.denyNonFastForwards', value: true });
  await git.setConfig({ ...repository, path: 'receive.denyDeletes', value: true });
  return commit;
}

async function isMovedTo(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Of processes that died while they built. */
async function removeLeftovers(target: string): Promise<void> {
  const names = await readdir(dirname(target)).catch(() => []);
  const left = names.filter((name) => name.startsWith(`${basename(target)}.`));
  await Promise.all(left.map((name) => rm(join(dirname(target), name), { recursive: true, force: true })));
}
