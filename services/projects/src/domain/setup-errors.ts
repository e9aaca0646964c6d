/** A business error: repeating the step would change nothing before a person does something. */
export class SetupRefused extends Error {
  override readonly name = 'SetupRefused';
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** A step waits for others to be done; whoever they are, an event of theirs wakes the setup. */
export class SetupWaits extends Error {
  override readonly name = 'SetupWaits';
  /** Such as `campaign:<id>`. */
  readonly awaits: readonly string[];

  constructor(awaits: readonly string[]) {
    super(`waits for ${awaits.join(', ')}`);
    this.awaits = awaits;
  }
}

/** The project is another run's now; this one writes nothing more. */
export class SetupTaken extends Error {
  override readonly name = 'SetupTaken';
}

/** A step took longer than it may. */
export class StepTimeout extends Error {
  override readonly name = 'StepTimeout';
}
