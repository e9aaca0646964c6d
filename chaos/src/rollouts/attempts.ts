import type { Judged } from '../checks/judge.ts';
import { type ServiceName, serviceNames } from '../cluster/whole-cluster.ts';

type Spent = { readonly attempts: number; readonly rescued: number; readonly faults: readonly string[] };

type Row = {
  _id: string;
  name: string;
  attempt: number;
  crashes: number;
  errors: { code: string; message: string }[];
};

/** Every job that has failed at an attempt, or whose process died: counted in the records, whatever came of them. */
export async function spentAttempts({ database }: Pick<Judged, 'database'>): Promise<Spent> {
  const rows = (await Promise.all(serviceNames.map((service) => spentIn(service, database)))).flat();
  const failed = rows.filter(({ attempt, errors }) => attempt > 1 || errors.length > 0);
  return {
    attempts: failed.length,
    rescued: rows.filter(({ crashes }) => crashes > 0).length,
    faults: failed.map(({ name, _id, attempt, errors }) => {
      const last = errors.at(-1);
      return `${name} ${_id} is at attempt ${attempt}: ${last ? `${last.code} ${last.message}` : 'no error is kept'}`;
    }),
  };
}

const spentIn = (service: ServiceName, database: Judged['database']): Promise<Row[]> =>
  database(service)
    .collection<Row>('jobs')
    .find({ $or: [{ attempt: { $gt: 1 } }, { crashes: { $gt: 0 } }, { 'errors.0': { $exists: true } }] })
    .toArray();
