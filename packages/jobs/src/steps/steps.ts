import { BreakerOpen } from '../breakers/breaker-open.ts';
import type { AbortReason } from '../define/define-job.ts';
import type { OnceOptions, RunTools, StepTools } from '../define/run-tools.ts';
import type { StepRow } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { asError } from '../runtime/errors.ts';
import { derivedId } from '../runtime/ids.ts';
import { jsonText, jsonValue } from './json-text.ts';
import { RunAborted, UnknownOutcome } from './step-errors.ts';
import type { StepStore } from './step-store.ts';

type Parts = {
  rootId: string;
  attempt: number;
  worker: string;
  signal: AbortSignal;
  store: StepStore;
  now(): Date;
};

type Work = (tools: StepTools) => unknown;

/** The steps of one run. */
export class Steps implements Pick<RunTools, 'step' | 'once'> {
  readonly #parts: Parts;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  step<Value>(name: string, work: (tools: StepTools) => Promise<Value> | Value): Promise<Value> {
    return this.#one<Value>(name, async () => {
      const receipt = await this.#parts.store.get(name);
      return isReceipt(receipt) ? jsonValue(receipt.json) : this.#do(name, work);
    });
  }

  once<Value>(
    name: string,
    call: (tools: StepTools) => Promise<Value> | Value,
    options: OnceOptions<Value> = {},
  ): Promise<Value> {
    return this.#one<Value>(name, async () => {
      const found = await this.#parts.store.get(name);
      if (isReceipt(found)) return jsonValue(found.json);
      if (!found) return this.#intend(name, call, options);
      if (!options.check) throw new UnknownOutcome(name, found);
      this.#mustGoOn(name);
      const startedAt = performance.now();
      const value = await options.check(this.#tools(name));
      return value === undefined ? this.#intend(name, call, options) : this.#keep(name, value, startedAt);
    });
  }

  /** The same name twice in one run is one step; one that has failed may be tried again. */
  #one<Value>(name: string, go: () => Promise<unknown>): Promise<Value> {
    const underWay = this.#underWay.get(name) ?? go();
    this.#underWay.set(name, underWay);
    underWay.catch(() => this.#underWay.delete(name));
    return underWay as Promise<Value>;
  }

  /** The intent stands in the record before anything happens. */
  async #intend(name: string, call: Work, { check, isUndone }: OnceOptions<unknown>): Promise<unknown> {
    this.#mustGoOn(name);
    const { store, attempt, worker, now } = this.#parts;
    const intent = { at: now(), attempt, worker };
    await store.put(name, intent);
    let isBegun = false;
    try {
      return await this.#do(name, (tools) => {
        isBegun = true;
        return call(tools);
      });
    } catch (thrown) {
      const error = asError(thrown);
      // An abort that came before the call, and a breaker that kept it back, leave nothing unknown.
      const isKeptBack = error instanceof BreakerOpen && error.cause === undefined;
      if (!isBegun || isKeptBack || isUndone?.(error)) {
        await store.drop(name);
        throw error;
      }
      // The next run would find the intent and know no more.
      throw check ? error : new UnknownOutcome(name, { ...intent, cause: error });
    }
  }

  async #do(name: string, work: Work): Promise<unknown> {
    this.#mustGoOn(name);
    const startedAt = performance.now();
    const value = await work(this.#tools(name));
    crashPoint('step.done');
    return this.#keep(name, value, startedAt);
  }

  /** The first run gets the value as a later one will. */
  async #keep(name: string, value: unknown, startedAt: number): Promise<unknown> {
    const { store, attempt, now } = this.#parts;
    const json = jsonText(value, `the value of step ${JSON.stringify(name)}`);
    const ms = Math.round(performance.now() - startedAt);
    await store.put(name, { at: now(), attempt, ms, ...(json !== undefined && { json }) });
    return jsonValue(json);
  }

  #tools(name: string): StepTools {
    const { rootId, signal } = this.#parts;
    const key = `${rootId}:${name}`;
    return { id: derivedId(key), key, signal };
  }

  #mustGoOn(name: string): void {
    const { signal } = this.#parts;
    if (signal.aborted) throw new RunAborted(signal.reason as AbortReason, `step ${JSON.stringify(name)}`);
  }
}

/** Not for an intent: of that nobody knows whether it took effect. */
const isReceipt = (row: StepRow | undefined): row is StepRow => row?.ms !== undefined;
