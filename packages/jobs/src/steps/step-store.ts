import type { StepRow } from '../record/record.ts';

/** Where one run keeps its receipts. Writes are fenced: they reject with LeaseLost when the job is another run's by now. */
export type StepStore = {
  get(name: string): Promise<StepRow | undefined>;
  put(name: string, row: StepRow): Promise<void>;
  /** Forgets a step. */
  drop(name: string): Promise<void>;
  /** Stores where a loop has come to, as JSON text. */
  checkpoint(json: string): Promise<void>;
};
