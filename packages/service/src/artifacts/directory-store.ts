import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent } from 'node:fs';
import { mkdir, open, opendir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../error-code.ts';
import { checkedKey } from './artifact-key.ts';
import { ArtifactMissing, type ArtifactStore, type StoredArtifact } from './artifact-store.ts';

/** Keeps artifacts as files below a folder, which is made when first needed. */
export function directoryStore(root: string): ArtifactStore {
  const pathOf = (key: string) => join(root, checkedKey(key));
  return {
    async put(key, content) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      await writeWhole(path, content);
    },
    async open(key, { from, to } = {}) {
      const path = pathOf(key);
      const file = await open(path).catch((error: unknown) => {
        throw isMissing(error) ? new ArtifactMissing(key, { cause: error }) : error;
      });
      return createReadStream(path, {
        fd: file,
        ...(from !== undefined && { start: from }),
        ...(to !== undefined && { end: to }),
      });
    },
    async stat(key) {
      const found = await factsOf(pathOf(key));
      return found && { key, ...found };
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
    list: (prefix) => listBelow(root, checkedKey(prefix)),
    async prune(prefix, untouchedSince) {
      await pruneBelow(pathOf(prefix), untouchedSince);
    },
  };
}

/** Written aside, flushed, and moved into place: a reader sees the whole file or none, also after a power cut. */
async function writeWhole(path: string, content: Readable): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(content, createWriteStream(part, { flags: 'wx', flush: true }));
    await rename(part, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* listBelow(root: string, prefix: string): AsyncGenerator<StoredArtifact> {
  for await (const entry of entriesOf(join(root, prefix))) {
    const key = `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* listBelow(root, key);
    // A file that goes while it is listed is simply not there.
    const found = entry.isFile() ? await factsOf(join(root, key)) : undefined;
    if (found) yield { key, ...found };
  }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function factsOf(path: string): Promise<Omit<StoredArtifact, 'key'> | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? { bytes: found.size, modifiedAt: new Date(found.mtimeMs) } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Deepest first. A folder's own time tells when something came or went in it, so a fresh one is left to whoever has just made it. */
async function pruneBelow(path: string, untouchedSince: Date): Promise<void> {
  const touchedAt = (await stat(path).catch(() => undefined))?.mtime;
  if (!touchedAt) return;
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const below = join(path, entry.name);
    const before = (await stat(below).catch(() => undefined))?.mtime;
    await pruneBelow(below, untouchedSince);
    if (before && before < untouchedSince) await rmdir(below).catch(keepIfUsed);
  }
}

function keepIfUsed(error: unknown): void {
  if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST') && !isMissing(error)) throw error;
}

const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
