import type { Document } from 'mongodb';
import { type ServiceName, serviceNames, type WholeCluster } from '../cluster/whole-cluster.ts';

/** What is due later than this waits by intention: clean-ups, digests. */
const soonMs = 60_000;

type Unfinished = { readonly service: ServiceName; readonly what: string };

/** Everything that is still to be done within a minute or to be told, by service. */
export async function unfinishedIn({ database }: Pick<WholeCluster, 'database'>): Promise<Unfinished[]> {
  const found = await Promise.all(serviceNames.map((service) => unfinishedOf(service, database)));
  return found.flat();
}

async function unfinishedOf(service: ServiceName, database: WholeCluster['database']): Promise<Unfinished[]> {
  const jobs = database(service).collection('jobs');
  const soon = new Date(Date.now() + soonMs);
  const due = { nextRunAt: { $lt: soon } };
  const open = {
    $or: [
      { state: { $in: ['executing', 'available'] } },
      { state: { $in: ['retryable', 'snoozed', 'scheduled'] }, ...due },
    ],
  };
  const rows = await jobs
    .find({ $or: [open, { 'announce.pending': true }] })
    .limit(20)
    .toArray();
  const told = await untoldIn(service, database);
  return [...rows.map((row) => ({ service, what: describe(row) })), ...told];
}

const describe = (row: Document): string =>
  `${row['name']} ${row['_id']} is ${row['state']}${row['announce']?.pending ? ', untold' : ''}, attempt ${row['attempt']}`;

/** Facts that no job tells wait in the rows themselves. */
async function untoldIn(service: ServiceName, database: WholeCluster['database']): Promise<Unfinished[]> {
  const db = database(service);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const counts = await Promise.all(
    names.map(
      async (name) => [name, await db.collection(name).countDocuments({ outboxAt: { $exists: true } })] as const,
    ),
  );
  return counts.flatMap(([name, count]) =>
    count > 0 ? [{ service, what: `${count} of ${name} have something to tell` }] : [],
  );
}
