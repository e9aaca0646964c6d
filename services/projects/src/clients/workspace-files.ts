import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ArtifactMissing, type ArtifactStore } from '@millrace/service';
import type { Files } from '../domain/steps/storage.ts';

/** Small text files of workspaces in the artifact store. */
export const workspaceFiles = (artifacts: ArtifactStore): Files => ({
  write: (key, content) => artifacts.put(key, Readable.from([Buffer.from(content)])),
  async read(key) {
    try {
      return await text(await artifacts.open(key));
    } catch (error) {
      if (error instanceof ArtifactMissing) return undefined;
      throw error;
    }
  },
  async list(prefix) {
    const keys: string[] = [];
    for await (const { key } of artifacts.list(prefix)) keys.push(key);
    return keys;
  },
  remove: (key) => artifacts.remove(key),
});
