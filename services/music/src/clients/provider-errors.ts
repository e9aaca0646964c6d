/** The provider could not be asked, did not answer in time, or answered that it cannot now: network, 429, 5xx, and 401 and 403, by which it shuts clients out. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
  readonly code = 'provider-unavailable';
  /** What the provider asked us to wait; undefined when it said nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs, cause }: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The provider answered with something that is not what it promises: broken JSON, another shape, a redirect that leads nowhere. */
export class ProviderUnreadable extends Error {
  override readonly name = 'ProviderUnreadable';
  readonly code = 'provider-unreadable';
}

/** The provider refuses this very question; asking again would not help. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
  readonly code = 'provider-refused';
}
