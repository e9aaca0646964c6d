import type { Role } from '@millrace/service';
import type { Connection } from 'mongoose';

/** Somebody who has signed in by the identity provider. */
export type SessionRow = {
  /** UUIDv7. */
  readonly _id: string;
  /** A hash of what the browser holds, which stands nowhere. */
  readonly key: string;
  /** What it held before the last renewal: requests that were under way then still bring it. */
  readonly previousKey: string | null;
  readonly sub: string;
  readonly role: Role;
  /** The provider's tokens, readable only with what the browser holds. */
  readonly sealed: string;
  readonly isRenewable: boolean;
  readonly renewedAt: Date;
  /** The provider stands by it until then. */
  readonly goodUntil: Date;
  /** Whoever renews it has until then. */
  readonly renewingUntil: Date | null;
  /** However often it is renewed. */
  readonly endsAt: Date;
};

export type Renewed = Pick<
  SessionRow,
  'key' | 'previousKey' | 'role' | 'sealed' | 'isRenewable' | 'renewedAt' | 'goodUntil'
>;

export type Sessions = ReturnType<typeof createSessions>;

/** Collection `sessions`; rows go when they end. */
export function createSessions(database: Connection) {
  const rows = () => database.collection<SessionRow>('sessions');
  return {
    async begin(row: SessionRow): Promise<void> {
      await rows().insertOne(row);
    },
    /** By its present key, or by the one before that while `graceMs` after a renewal last. */
    find: (key: string, graceMs: number): Promise<SessionRow | null> =>
      rows().findOne({
        endsAt: { $gt: new Date() },
        $or: [{ key }, { previousKey: key, renewedAt: { $gt: new Date(Date.now() - graceMs) } }],
      }),
    /** Whether the renewal is the caller's, of all replicas; for so long. */
    async beginRenewal({ _id, key }: SessionRow, forMs: number): Promise<boolean> {
      const now = new Date();
      const free = { $or: [{ renewingUntil: null }, { renewingUntil: { $lt: now } }] };
      const until = new Date(now.getTime() + forMs);
      const { modifiedCount } = await rows().updateOne({ _id, key, ...free }, { $set: { renewingUntil: until } });
      return modifiedCount === 1;
    },
    /** Undefined when it has ended meanwhile. */
    async endRenewal({ _id, key }: SessionRow, renewed: Renewed | undefined): Promise<void> {
      await rows().updateOne({ _id, key }, { $set: { ...renewed, renewingUntil: null } });
    },
    async end(_id: string): Promise<void> {
      await rows().deleteOne({ _id });
    },
    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { key: 1 }, name: 'by_key' },
        { key: { previousKey: 1 }, name: 'by_previous_key' },
        { key: { endsAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      ]);
    },
  };
}
