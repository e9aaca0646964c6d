import { isDuplicateKey } from '@millrace/jobs';
import type { Connection } from 'mongoose';
import type { Alert } from '../domain/alert.ts';

type AlertRow = Alert & { readonly revision: number };

const keptSeconds = 90 * 86_400;

export type Alerts = ReturnType<typeof createAlerts>;

/** Collection `alerts`: one row for each thing that can be wrong, kept for 90 days after its last change. */
export function createAlerts(database: Connection) {
  const rows = () => database.collection<AlertRow>('alerts');
  const read = (_id: string): Promise<AlertRow | null> => rows().findOne({ _id });

  /** @returns false when somebody else was first. */
  const write = async (alert: Alert, known: AlertRow | null): Promise<boolean> => {
    const row = { ...alert, revision: (known?.revision ?? 0) + 1 };
    if (known) return (await rows().replaceOne({ _id: alert._id, revision: known.revision }, row)).matchedCount === 1;
    try {
      await rows().insertOne(row);
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  };

  return {
    find: read,

    /** Changes an alert by a rule, which may be asked again when somebody else changes it meanwhile; what it gives back as it was stays so. */
    async change(_id: string, rule: (alert: Alert | undefined) => Alert | undefined): Promise<Alert | undefined> {
      for (;;) {
        const known = await read(_id);
        const changed = rule(known ?? undefined);
        if (!changed || changed === known || (await write(changed, known))) return changed;
      }
    },

    /** Newest first. */
    list(filter: Partial<Pick<Alert, 'state'>>, after: Record<string, unknown>, limit: number): Promise<Alert[]> {
      return rows()
        .find({ $and: [filter, after] } as object)
        .sort({ openedAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { openedAt: -1, _id: -1 }, name: 'list' },
        { key: { updatedAt: 1 }, name: 'expiry', expireAfterSeconds: keptSeconds },
      ]);
    },
  };
}
