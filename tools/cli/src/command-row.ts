import type { Method } from './call.ts';

/** How the value of an option is read and where it goes. */
export type OptionRow = {
  /** As commander writes it: `--run-at <time>`. */
  readonly flags: string;
  readonly help: string;
  /** The query parameter or body field; default: the flag in camelCase. */
  readonly field?: string;
  /** `json` reads JSON, `@file` or `-`; `pairs` reads `path=value` again and again; default `text`. */
  readonly reads?: 'text' | 'number' | 'json' | 'pairs' | 'list' | 'flag';
  readonly isRequired?: boolean;
  /** The body's field that holds it; absent: the body itself. */
  readonly within?: string;
};

/** One command of the program and the request that it makes. */
export type CommandRow = {
  /** `jobs cancel`. */
  readonly name: string;
  readonly summary: string;
  readonly method: Method;
  /** `:id` is the argument of the command. */
  readonly path: string;
  /** What the argument is, `many` of them are sent one after the other; absent: none. */
  readonly takes?: { readonly argument: string; readonly many?: true };
  readonly query?: readonly OptionRow[];
  readonly body?: readonly OptionRow[];
  /** What a list or a resource shows to people; absent: everything. */
  readonly columns?: readonly string[];
  /** Where the items stand in the answer; absent: the answer is one resource. */
  readonly lists?: 'items' | 'nodes' | 'points';
  /** Where the resource stands in an answer that says more; its fields are then shown beside the others. */
  readonly wraps?: 'job';
  /** Asks every service when none is named. */
  readonly isForAll?: true;
};

/** A row of options, in one line. */
export const option = (flags: string, help: string, more: Partial<OptionRow> = {}): OptionRow => ({
  flags,
  help,
  ...more,
});
