import { createHash } from 'node:crypto';
import type { OutsideFetch } from '@millrace/outside';

export type Pictures = {
  /** SHA-256 of the picture's bytes in hex; undefined when it is not to be had, which the engine will say better. */
  sha256Of(url: string, signal: AbortSignal): Promise<string | undefined>;
};

const limitBytes = 26_214_400;
const timeoutMs = 15_000;

/** Pictures at the addresses that people have named. */
export function createPictures(get: OutsideFetch): Pictures {
  return {
    async sha256Of(url, signal) {
      try {
        return await hashed(await get(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }));
      } catch {
        signal.throwIfAborted();
        return undefined;
      }
    },
  };
}

async function hashed({ ok, body }: Awaited<ReturnType<OutsideFetch>>): Promise<string | undefined> {
  if (!ok || !body) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) return undefined;
    hash.update(chunk);
  }
  return hash.digest('hex');
}
