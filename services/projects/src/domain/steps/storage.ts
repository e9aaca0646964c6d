import type { SetupStep } from '../setup-step.ts';

export type Files = {
  write(key: string, text: string): Promise<void>;
  /** @returns undefined when there is none. */
  read(key: string): Promise<string | undefined>;
  list(prefix: string): Promise<readonly string[]>;
  remove(key: string): Promise<void>;
};

const folders = ['assets', 'images', 'meshes', 'exports', 'docs'] as const;
const quotaBytes = 10 * 1024 ** 3;

/** All that belongs to a project's workspace lies below it. */
export const workspaceOf = (projectId: string): string => `workspaces/${projectId}`;
const marks = (projectId: string) => folders.map((folder) => `${workspaceOf(projectId)}/${folder}/keep`);
const quotaKey = (projectId: string) => `${workspaceOf(projectId)}/quota.json`;
const ours = (projectId: string) => [...marks(projectId), quotaKey(projectId)];

export const storage = ({ files }: { readonly files: Files }): SetupStep => ({
  key: 'storage',
  summary: `Makes the folders ${folders.join(', ')} and notes how much they may hold.`,
  compensation: 'deleted if still empty, else kept and noted',
  timeoutMs: 30_000,
  input: () => ({ folders, quotaBytes }),
  async run({ project: { _id } }) {
    await Promise.all(marks(_id).map((key) => files.write(key, '')));
    await files.write(quotaKey(_id), `${JSON.stringify({ bytes: quotaBytes })}\n`);
    return { output: { prefix: workspaceOf(_id), folders, quotaBytes } };
  },
  async undo({ project: { _id } }) {
    const others = (await files.list(workspaceOf(_id))).filter((key) => !ours(_id).includes(key));
    if (others.length > 0) return { note: `kept ${workspaceOf(_id)}: ${others.length} files of others lie there` };
    await Promise.all(ours(_id).map((key) => files.remove(key)));
    return { note: `deleted ${workspaceOf(_id)}` };
  },
  async missing({ project: { _id } }) {
    const there = new Set(await files.list(workspaceOf(_id)));
    const gone = ours(_id).filter((key) => !there.has(key));
    return gone.length > 0 ? `${gone.length} of ${ours(_id).length} files of the workspace` : undefined;
  },
});
