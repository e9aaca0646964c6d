import { setTimeout as delay } from 'node:timers/promises';
import type { Jobs } from '@millrace/jobs';
import type { Albums } from '../store/albums.ts';
import { sweepUncommanded } from './import-command.ts';

type Deps = {
  readonly albums: Albums;
  readonly jobs: Jobs;
  readonly log: { warn(fields: object, message: string): void };
};

export type Upkeep = { stop(): Promise<void> };

const everyMs = 5_000;

/** Picks up what a process left behind when it died: albums whose import was not commanded. */
export function startUpkeep({ albums, jobs, log }: Deps): Upkeep {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = (async () => {
    while (!signal.aborted) {
      await sweepUncommanded({ albums, jobs }).catch((error: unknown) =>
        log.warn({ err: error }, 'upkeep failed, it is tried again'),
      );
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
