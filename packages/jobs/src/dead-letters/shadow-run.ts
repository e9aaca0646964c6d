import type { Run } from '../define/define-job.ts';
import { LOG_LEVELS, type LogLevel, type RunLog } from '../define/run-tools.ts';
import type { StepRow } from '../record/record.ts';
import { jsonText, jsonValue } from '../steps/json-text.ts';

const MAX_EFFECTS = 200;

/** What a run would do to the world. */
export type Effect = {
  readonly kind: 'step' | 'once' | 'through' | 'checkpoint' | 'progress' | 'meta' | 'log' | 'event' | 'job';
  readonly name: string;
  readonly detail?: unknown;
};

type Parts = {
  jobId: string;
  rootId: string;
  name: string;
  maxAttempts: number;
  payload: unknown;
  /** What a step without receipt answers. */
  answers: Readonly<Record<string, unknown>>;
  /** The receipt that an earlier run has kept. */
  receiptOf(step: string): Promise<StepRow | undefined>;
  /** JSON text. */
  cursor: string | undefined;
  signal: AbortSignal;
};

/** A run that notes what it is asked to do, and does none of it. */
export class ShadowRun {
  readonly effects: Effect[] = [];
  /** The step whose answer nobody knows; everything after it is refused. */
  endedAt: string | undefined;
  readonly run: Run<unknown>;
  readonly #parts: Parts;
  #cursor: unknown;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#cursor = jsonValue(parts.cursor);
    this.run = this.#makeRun();
  }

  #makeRun(): Run<unknown> {
    const { jobId, rootId, name, maxAttempts, payload, signal } = this.#parts;
    const shadow = this;
    return {
      jobId,
      rootId,
      name,
      attempt: 1,
      maxAttempts,
      payload,
      createdAt: new Date(),
      signal,
      log: this.#log(),
      get cursor() {
        return shadow.#cursor;
      },
      step: (step) => this.#answer('step', step) as Promise<never>,
      once: (step) => this.#answer('once', step) as Promise<never>,
      through: (breaker) => this.#answer('through', breaker.name) as Promise<never>,
      checkpoint: async (cursor) => {
        this.#note('checkpoint', 'cursor', cursor);
        this.#cursor = cursor;
      },
      progress: (fraction, message) => this.#note('progress', message ?? '', fraction),
      meta: (patch) => this.#note('meta', Object.keys(patch).join(', '), patch),
    };
  }

  /** A receipt means that the step would not be done again, so it is no effect. */
  async #answer(kind: 'step' | 'once' | 'through', name: string): Promise<unknown> {
    const receipt = kind === 'through' ? undefined : await this.#parts.receiptOf(name);
    if (this.endedAt !== undefined) throw new RehearsalEnd(this.endedAt);
    // An intent has no duration.
    if (receipt?.ms !== undefined) return jsonValue(receipt.json);
    if (!this.effects.some((effect) => effect.kind === kind && effect.name === name)) this.#note(kind, name);
    if (Object.hasOwn(this.#parts.answers, name)) return jsonValue(jsonText(this.#parts.answers[name], name));
    this.endedAt = name;
    throw new RehearsalEnd(name);
  }

  #log(): RunLog {
    const line = (level: LogLevel) => (fields: unknown, message?: string) =>
      this.#note('log', level, message === undefined ? fields : { fields, message });
    return Object.fromEntries(LOG_LEVELS.map((level) => [level, line(level)])) as RunLog;
  }

  #note(kind: Effect['kind'], name: string, detail?: unknown): void {
    if (this.effects.length < MAX_EFFECTS) this.effects.push({ kind, name, ...(detail !== undefined && { detail }) });
  }
}

/** Ends a rehearsal where it cannot know what comes next. */
class RehearsalEnd extends Error {
  override readonly name = 'RehearsalEnd';
}
