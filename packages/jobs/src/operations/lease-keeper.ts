import type { Collections } from '../record/collections.ts';
import type { OperationRow } from './operation.ts';

/** Renewed so many times within a lease. */
const RENEWALS = 4;

/** Keeps the lease of an operation while a page of it is worked on, however long that takes. */
export class LeaseKeeper {
  readonly #timer: NodeJS.Timeout;
  #isLost = false;

  /** Renews from now on, until {@link end}. */
  constructor({ operations }: Pick<Collections, 'operations'>, { _id, lease }: OperationRow, leaseMs: number) {
    const renew = async () => {
      const held = { _id, 'lease.token': lease?.token ?? '' };
      const { matchedCount } = await operations.updateOne(held, { $currentDate: { 'lease.renewedAt': true } });
      this.#isLost = matchedCount === 0;
    };
    // A database that does not answer lets the lease run out, and another replica goes on.
    this.#timer = setInterval(() => void renew().catch(() => undefined), leaseMs / RENEWALS).unref();
  }

  /** Whether another replica goes on with the operation. */
  get isLost(): boolean {
    return this.#isLost;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
