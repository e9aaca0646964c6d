/** The image provider could not be asked, or did not answer in time: the network, its overload (429), or its own fault (5xx). */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
  readonly code = 'image-provider-unavailable';
  /** What the provider asked us to wait; undefined when it said nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs, cause }: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The image provider refused the call; asking again would not help. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
  readonly code = 'image-provider-refused';
  readonly status: number;
  /** The answer's body, when it was JSON. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(message: string, { status, body }: { status: number; body: Readonly<Record<string, unknown>> }) {
    super(message);
    this.status = status;
    this.body = body;
  }
}
