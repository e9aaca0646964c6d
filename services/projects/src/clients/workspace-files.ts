import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ArtifactMissing, type ArtifactStore } from '@millrace/service';
import type { Files } from '../domain/steps/storage.ts';

/** Small text files of workspaces in the artifact store, each written by one process at a time. */
export function workspaceFiles(artifacts: ArtifactStore): Files {
  /** What a process that died while it wrote has left beside the file. */
  async function leftoversOf(key: string): Promise<string[]> {
    const beside = await keysBelow(dirname(key));
    return beside.filter((other) => other.startsWith(`${key}.`) && isPart(other));
  }

  async function keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of artifacts.list(prefix)) keys.push(key);
    return keys;
  }

  const removeAll = async (keys: readonly string[]) =>
    void (await Promise.all(keys.map((key) => artifacts.remove(key))));

  return {
    async write(key, content) {
      await removeAll(await leftoversOf(key));
      await artifacts.put(key, Readable.from([Buffer.from(content)]));
    },
    async read(key) {
      try {
        return await text(await artifacts.open(key));
      } catch (error) {
        if (error instanceof ArtifactMissing) return undefined;
        throw error;
      }
    },
    list: async (prefix) => (await keysBelow(prefix)).filter((key) => !isPart(key)),
    remove: async (key) => removeAll([key, ...(await leftoversOf(key))]),
  };
}

const isPart = (key: string): boolean => key.endsWith('.part');
