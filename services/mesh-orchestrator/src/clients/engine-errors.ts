/** The engine, or the way there, has failed; another attempt may succeed. */
export class EngineFault extends Error {
  override readonly name: string = 'EngineFault';
}

/** It cannot be reached, or says that it does not serve. */
export class EngineUnavailable extends EngineFault {
  override readonly name = 'EngineUnavailable';
}

/** It took the job and failed at it in a way that need not happen again. */
export class EngineFailed extends EngineFault {
  override readonly name = 'EngineFailed';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** It has not answered in time. */
export class EngineTimeout extends Error {
  override readonly name = 'EngineTimeout';
}

/** It has too much to do; nothing is wrong with it or the mesh. */
export class EngineBusy extends Error {
  override readonly name = 'EngineBusy';
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** It will not take this job, however often it is asked. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
