import { errorOf, isTouched, stateOf, toolsFor, within } from './perform-step.ts';
import type { Project } from './project.ts';
import { SetupWaits } from './setup-errors.ts';
import type { ProjectFields, SetupStep, StepTools } from './setup-step.ts';
import {
  hashOf,
  isDone,
  progressOf,
  type SetupError,
  type StepKey,
  type StepOutput,
  type StepState,
} from './step-state.ts';

type StepEnd = {
  readonly status: 'succeeded' | 'warning' | 'failed' | 'compensated';
  readonly output?: StepOutput | null;
  readonly error?: SetupError | null;
  readonly log?: readonly string[];
  readonly fields?: ProjectFields;
};

/** The stored state of one setup. Every write is fenced, and answers with the project as it is then. @throws SetupTaken. */
export type SetupRecord = {
  read(): Promise<Project>;
  /** @throws SetupTaken also when a person no longer wants the setup. */
  begun(key: StepKey, inputHash: string): Promise<Project>;
  ended(key: StepKey, end: StepEnd): Promise<Project>;
  kept(key: StepKey, output: StepOutput, awaits: readonly string[]): Promise<Project>;
  waits(awaits: readonly string[]): Promise<Project>;
  compensating(): Promise<Project>;
  cancelled(): Promise<Project>;
};

/** What has just happened, for whoever runs the setup. */
type SetupNews = {
  readonly key: StepKey;
  readonly status: StepState['status'];
  /** From 0 to 1. */
  readonly progress: number;
  /** As it was then. */
  readonly project: Project;
  readonly error?: SetupError;
};
export type SetupCallback = (news: SetupNews) => void;

export type SetupEnd =
  | { readonly kind: 'ready' | 'cancelled'; readonly project: Project }
  | { readonly kind: 'refused'; readonly project: Project; readonly step: StepKey; readonly error: SetupError }
  | { readonly kind: 'waits'; readonly awaits: readonly string[] };

type Parts = {
  readonly steps: readonly SetupStep[];
  recordOf(project: Project): SetupRecord;
  idOf(projectId: string, what: string): string;
  /** Runs around each step: spans, durations. */
  around<Value>(project: Project, key: StepKey, work: () => Promise<Value>): Promise<Value>;
};

export type ProjectSetup = ReturnType<typeof projectSetup>;

/**
 * The setup of projects. Knows nothing of jobs: whoever calls it again after it threw, waited or died goes on at the first
 * step that is not done.
 */
export function projectSetup(parts: Parts) {
  return {
    steps: parts.steps,

    /**
     * Brings a project from where its setup stands to its end.
     * @param callback told of every border between steps.
     * @param signal aborts a step in the middle: for a wish to cancel, a shutdown, a time limit.
     * @returns `ready`; `refused` for a business error; `waits` for others; `cancelled` when a person wanted it.
     * @throws whatever may go well another time, SetupTaken, and the signal's reason.
     */
    setupProject: (project: Project, callback: SetupCallback, signal: AbortSignal): Promise<SetupEnd> =>
      new Walk(parts, parts.recordOf(project), callback, signal).walk(project),

    /** What of a project that was set up is missing now, by step. */
    async missingOf(project: Project, signal: AbortSignal): Promise<{ key: StepKey; what: string }[]> {
      const missing: { key: StepKey; what: string }[] = [];
      for (const step of parts.steps.filter(({ key }) => isTouched(stateOf(project, key)))) {
        const { key } = step;
        const work = { key, project, idOf: parts.idOf, lines: [] };
        const what = await within(step, signal, async (limited) => step.missing?.(toolsFor(work, limited)));
        if (what !== undefined) missing.push({ key, what });
      }
      return missing;
    },
  };
}

type Turn = { readonly kind: 'on'; readonly project: Project };

/** One run over the steps of one project. */
class Walk {
  readonly #parts: Parts;
  readonly #record: SetupRecord;
  readonly #callback: SetupCallback;
  readonly #signal: AbortSignal;

  constructor(parts: Parts, record: SetupRecord, callback: SetupCallback, signal: AbortSignal) {
    this.#parts = parts;
    this.#record = record;
    this.#callback = callback;
    this.#signal = signal;
  }

  async walk(project: Project): Promise<SetupEnd> {
    let present = project;
    for (const step of this.#parts.steps) {
      if (present.setup?.cancel) return this.#takeBack(present);
      const turn = await this.#turn(step, present);
      if (turn.kind !== 'on') return turn;
      present = turn.project;
    }
    return { kind: 'ready', project: present };
  }

  async #turn(step: SetupStep, project: Project): Promise<Turn | SetupEnd> {
    const hash = hashOf(step.input(project));
    if (isDone(stateOf(project, step.key), hash)) return { kind: 'on', project };
    try {
      this.#signal.throwIfAborted();
      const begun = await this.#record.begun(step.key, hash);
      this.#tell(begun, step.key);
      const ended = await this.#parts.around(begun, step.key, () => this.#perform(step, begun));
      this.#tell(ended, step.key);
      return { kind: 'on', project: ended };
    } catch (error) {
      return this.#stopped(step, error);
    }
  }

  async #perform(step: SetupStep, project: Project): Promise<Project> {
    const work = { key: step.key, project, idOf: this.#parts.idOf, lines: [] as string[] };
    const keep: StepTools['keep'] = async (output, awaits = []) =>
      void (await this.#record.kept(step.key, output, awaits));
    const result = await within(step, this.#signal, (limited) => step.run({ ...toolsFor(work, limited), keep }));
    const { output = {}, fields = {}, warning } = result;
    const error = warning ? { ...warning, isRetryable: false } : null;
    const status = warning ? 'warning' : 'succeeded';
    return this.#record.ended(step.key, { status, output, error, log: work.lines, fields });
  }

  /** @throws what may go well another time. */
  async #stopped(step: SetupStep, cause: unknown): Promise<SetupEnd> {
    const present = await this.#record.read();
    if (present.setup?.cancel) return this.#takeBack(present);
    if (cause instanceof SetupWaits) {
      await this.#record.waits(cause.awaits);
      return { kind: 'waits', awaits: cause.awaits };
    }
    // Nobody is to blame: the next run does the step again.
    if (this.#signal.aborted) throw cause;
    const error = errorOf(cause);
    const project = await this.#record.ended(step.key, { status: 'failed', error, log: [error.message] });
    this.#tell(project, step.key);
    if (error.isRetryable) throw cause;
    return { kind: 'refused', project, step: step.key, error };
  }

  /** Backwards over everything that was begun. What cannot be undone now is tried again by the next run. */
  async #takeBack(project: Project): Promise<SetupEnd> {
    if (project.setup?.cancel?.mode === 'compensate') {
      let present = await this.#record.compensating();
      for (const step of this.#parts.steps.toReversed())
        if (isTouched(stateOf(present, step.key))) present = await this.#undo(step, present);
    }
    return { kind: 'cancelled', project: await this.#record.cancelled() };
  }

  /** Not to be interrupted: a half undone step would be nobody's. */
  async #undo(step: SetupStep, project: Project): Promise<Project> {
    const work = { key: step.key, project, idOf: this.#parts.idOf, lines: [] };
    const undone = await within(step, new AbortController().signal, async (limited) =>
      step.undo?.(toolsFor(work, limited)),
    );
    const { note, fields } = undone ?? { note: 'nothing to take back' };
    const ended = await this.#record.ended(step.key, { status: 'compensated', log: [note], ...(fields && { fields }) });
    this.#tell(ended, step.key);
    return ended;
  }

  #tell(project: Project, key: StepKey): void {
    const { status, error } = stateOf(project, key);
    this.#callback({ key, status, project, progress: progressOf(project.setup?.steps ?? []), ...(error && { error }) });
  }
}
