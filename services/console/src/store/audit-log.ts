import type { Connection } from 'mongoose';
import type { ServiceName } from '../domain/service-name.ts';

/** `unknown`: asked for, and this process ended before it heard the answer. */
export type AuditOutcome = 'unknown' | 'done' | 'refused' | 'failed';

export type AuditRow = {
  /** UUIDv7. */
  readonly _id: string;
  readonly at: Date;
  readonly sub: string;
  readonly role: string;
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly verb: string;
  readonly kind: string;
  readonly target: string | null;
  readonly payload: unknown;
  /** The resource before a PUT, PATCH or DELETE, and after it. */
  readonly before: unknown;
  readonly after: unknown;
  readonly status: number | null;
  readonly outcome: AuditOutcome;
  readonly detail: string | null;
  readonly traceId: string | null;
  readonly updatedAt: Date;
};

type AuditEnd = Pick<AuditRow, 'status' | 'outcome' | 'after' | 'detail'>;

export type AuditFilter = Partial<Pick<AuditRow, 'sub' | 'service' | 'kind' | 'verb' | 'target' | 'outcome'>>;

export type AuditLog = ReturnType<typeof createAuditLog>;

/** Collection `audit`: what people asked for through the console. Rows are written before the deed and never deleted. */
export function createAuditLog(database: Connection) {
  const rows = () => database.collection<AuditRow>('audit');
  return {
    async begin(row: AuditRow): Promise<void> {
      await rows().insertOne(row);
    },
    async end(_id: string, end: AuditEnd): Promise<void> {
      await rows().updateOne({ _id }, { $set: { ...end, updatedAt: new Date() } });
    },
    list: (filter: AuditFilter, after: Record<string, unknown>, limit: number): Promise<AuditRow[]> =>
      rows()
        .find({ $and: [filter, after] })
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    async createIndexes(): Promise<void> {
      await rows().createIndexes([
        { key: { at: -1, _id: -1 }, name: 'newest' },
        { key: { sub: 1, at: -1 }, name: 'by_person' },
        { key: { kind: 1, target: 1, at: -1 }, name: 'by_target' },
      ]);
    },
  };
}
