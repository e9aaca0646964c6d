import type { Project } from './project.ts';
import type { StepKey, StepOutput } from './step-state.ts';

/** What a step gets to work with. */
export type StepTools = {
  /** As it is stored, with what the steps before have left. */
  readonly project: Project;
  /** The output of a step that is done. @throws Error when it is not. */
  output(key: StepKey): StepOutput;
  /** The same in every run, until it is taken back: the id or key of what the step makes. */
  id(what: string): string;
  readonly signal: AbortSignal;
  /** Stores what is known already: what a cancel has to take back, and whose events wake the setup. */
  keep(output: StepOutput, awaits?: readonly string[]): Promise<void>;
  /** A line for people, kept with the step. */
  log(line: string): void;
};

/** Fields of the project that a step decides; they are written together with its end. */
export type ProjectFields = Partial<Pick<Project, 'slug' | 'members' | 'settings' | 'secrets' | 'status'>>;

type StepResult = {
  readonly output?: StepOutput;
  readonly fields?: ProjectFields;
  /** It went wrong, and the project is of use without it. */
  readonly warning?: { readonly code: string; readonly message: string };
};

/** One step of a setup. A step that died in the middle is done again, so its effects carry an id of {@link StepTools.id}. */
export type SetupStep = {
  readonly key: StepKey;
  /** What it does, for plans. */
  readonly summary: string;
  /** What becomes of it when a setup is cancelled with compensation, for plans. */
  readonly compensation: string;
  readonly timeoutMs: number;
  /** What it is made of: while that stays the same, a step that is done stays done. */
  input(project: Project): unknown;
  /** @throws SetupRefused for business errors, SetupWaits; anything else is tried again. */
  run(tools: StepTools): Promise<StepResult>;
  /** Takes back what the step has made, as far as nobody has used it since. Again does no harm. */
  undo?(tools: StepTools): Promise<{ readonly note: string; readonly fields?: ProjectFields }>;
  /** Looks whether what the step made is still there. @returns what is missing, in words. */
  missing?(tools: StepTools): Promise<string | undefined>;
};
