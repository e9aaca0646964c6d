/** A dependency is not to be called now. Ends the run: the job waits until then and spends no attempt. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
  /** `<dependency>` or `<dependency>:<key>`. */
  readonly breaker: string;
  readonly until: Date;

  constructor(breaker: string, until: Date, options?: ErrorOptions) {
    super(`breaker ${breaker} is open; the job waits until ${until.toISOString()}`, options);
    this.breaker = breaker;
    this.until = until;
  }
}
