import type { RunTools } from '../define/run-tools.ts';
import { runLog } from '../logs/run-log.ts';
import type { StepRow } from '../record/record.ts';
import type { Running } from '../run/perform.ts';
import { toolsOf } from '../run/tools.ts';
import { fieldOfStep } from '../steps/step-names.ts';
import type { StepStore } from '../steps/step-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { FakeClock } from './fake-clock.ts';
import type { InlineRecords } from './inline-records.ts';

const ignore = () => undefined;
const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What a run of the twin can do: receipts and checkpoints stand in the twin's records, breakers are always closed, logs go nowhere. */
export const inlineTools = (parts: { records: InlineRecords; clock: FakeClock }) => ({
  for(running: Running): RunTools {
    const { _id: jobId, name, fence, attempt } = running.record;
    const now = () => parts.clock.now();
    return toolsOf(running, {
      worker: 'inline',
      now,
      store: () => new InlineStepStore(parts, jobId),
      log: () => runLog({ jobId, name, fence, attempt }, { log: silent, book: { add: ignore }, now }),
      through: async (_breaker, call) => call(),
    });
  },
});

class InlineStepStore implements StepStore {
  readonly #parts: { records: InlineRecords; clock: FakeClock };
  readonly #jobId: string;

  constructor(parts: { records: InlineRecords; clock: FakeClock }, jobId: string) {
    this.#parts = parts;
    this.#jobId = jobId;
  }

  async get(name: string): Promise<StepRow | undefined> {
    const { steps = {} } = this.#parts.records.find(this.#jobId) ?? {};
    const field = fieldOfStep(name);
    return Object.hasOwn(steps, field) ? steps[field] : undefined;
  }

  async put(name: string, row: StepRow): Promise<void> {
    this.#update({ $set: { [`steps.${fieldOfStep(name)}`]: row } });
  }

  async drop(name: string): Promise<void> {
    this.#update({ $unset: { [`steps.${fieldOfStep(name)}`]: '' } });
  }

  async checkpoint(json: string): Promise<void> {
    this.#update({ $set: { cursor: json } });
  }

  #update(update: Parameters<InlineRecords['update']>[1]): void {
    const { records, clock } = this.#parts;
    records.update(this.#jobId, update, clock.now());
  }
}
