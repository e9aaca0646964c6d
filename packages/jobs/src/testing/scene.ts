import type { Connection } from 'mongoose';
import type { JobDefinition } from '../define/define-job.ts';
import type { Jobs } from '../runtime/jobs.ts';
import type { JobsOptions } from '../runtime/options.ts';

export type SceneTools = {
  /** The service's own database, where the handlers' effects go. */
  readonly database: Connection;
  /** Whether this is the process that is to die; the one after it does all again. */
  readonly dies: boolean;
  /** Publishes bytes into a queue as a stranger could. */
  ring(queue: string, body: string): Promise<void>;
};

/** What both processes, the one that dies and the one that goes on, have and do. A module that exports `definitions` is one. */
export type Scene = {
  definitions(tools: SceneTools): readonly JobDefinition[] | Promise<readonly JobDefinition[]>;
  /** Beyond giving the commands. Done again by the process that goes on, so give what it commands fixed ids. */
  act?(jobs: Jobs, tools: SceneTools): Promise<void>;
  /** Before any process is there; the runtime is not started. */
  arrange?(jobs: Jobs, tools: SceneTools): Promise<void>;
  options?: Partial<JobsOptions>;
};

export type SceneCommand = {
  readonly name: string;
  readonly payload: unknown;
  readonly id: string;
};
