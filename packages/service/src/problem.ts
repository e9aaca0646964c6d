import { type ProblemCode, problemTable } from './problem-table.ts';

/** The names between braces in a detail sentence. */
type Blanks<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Blanks<Rest>
  : never;

/** What has to be filled in for a code; nothing for a sentence without blanks. */
export type Facts<Code extends ProblemCode> = Record<Blanks<(typeof problemTable)[Code]['detail']>, string | number>;

/** A wrong place in the input: a dotted path below `body`, `query` or `headers`, and what is wrong with it. */
export type InputError = { readonly path: string; readonly message: string };

type Extras = {
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** Whether the same request may well be answered later: then the answer says when. */
export const isPassing = (status: number): boolean => status === 429 || status === 503;

const usualWaitSeconds = 2;

/** An error that the caller is told of, as RFC 9457 says it. Throw it from a handler. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { members = {}, headers = {}, cause }: Extras = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = problemTable[code].status;
    this.title = problemTable[code].title;
    this.members = members;
    this.headers = isPassing(this.status) ? { 'Retry-After': `${usualWaitSeconds}`, ...headers } : headers;
  }

  /** The body of the answer. */
  toBody({ instance, traceId }: { instance: string; traceId?: string | undefined }): Record<string, unknown> {
    return {
      ...this.members,
      type: `urn:millrace:problem:${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      code: this.code,
      instance,
      ...(traceId && { traceId }),
    };
  }
}

/**
 * A problem from the table, its sentence filled in.
 * @example throw problem('campaign-not-found', { id });
 */
export function problem<Code extends ProblemCode>(code: Code, facts: Facts<Code>, extras?: Extras): Problem {
  const values: Readonly<Record<string, string | number>> = facts;
  const detail = problemTable[code].detail.replace(/\{(\w+)\}/g, (blank, name: string) =>
    String(values[name] ?? blank),
  );
  return new Problem(code, detail, extras);
}

/** 422 with the list of what is wrong. */
export const invalidInput = (errors: readonly InputError[]): Problem =>
  problem('validation-failed', {}, { members: { errors } });
