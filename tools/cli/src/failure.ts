/** How a call ended, for scripts: 1 the service refused, 2 the call was wrong, 3 nobody answered. */
export type ExitCode = 1 | 2 | 3;

/** An end that is not a success, in words for people and with a number for scripts. Default: the call was wrong. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  constructor(message: string, { exitCode = 2, cause }: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}
