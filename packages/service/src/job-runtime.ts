/** Placeholder shape until packages/jobs has its index. */
import type { StoredEvent } from '@millrace/events';

type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] };
export type Jobs = {
  start(): Promise<void>;
  stop(): Promise<void>;
  isReady(): Readiness;
  bury(letter: unknown): Promise<void>;
};

export function createJobRuntime(_options: { announce(events: readonly StoredEvent[]): Promise<void> } & Record<string, unknown>): Jobs {
  return { start: async () => {}, stop: async () => {}, isReady: () => ({ ready: true, reasons: [] }), bury: async () => {} };
}
