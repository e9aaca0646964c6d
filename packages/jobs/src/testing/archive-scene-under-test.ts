import type { Connection } from 'mongoose';
import { left, marks, type SweptScene } from './crash-tools-under-test.ts';
import { eventually } from './crash-world.ts';

const totalsOf = async (database: Connection) =>
  (await database.collection('job_totals').find({}).toArray()).reduce((sum, row) => sum + Number(row['completed']), 0);
const rowsOf = async (database: Connection) => {
  const names = ['jobs', 'job_accepted', 'job_archives'];
  const counts = await Promise.all(names.map((name) => database.collection(name).countDocuments({})));
  return counts.reduce((sum, count) => sum + count, 0);
};

/** Jobs that are archived as soon as they have ended. */
export const archived: SweptScene = {
  points: [
    'archive.chosen',
    'archive.marked',
    'archive.counted',
    'archive.totalled',
    'archive.leftovers-deleted',
    'archive.unjournalled',
    'archive.deleted',
  ],
  definitions: (tools) => [marks(tools)],
  options: { archive: { endedMs: 0, failedMs: 0, everyMs: 0 } },
  async arrange(jobs) {
    for (const id of ['old-1', 'old-2', 'old-3']) await jobs.command('order.mark', {}, { id });
  },
  act: (_jobs, { database }) =>
    eventually(
      'all are archived',
      async () => (await rowsOf(database)) === 0 && (await left(database)).length === 3,
      20_000,
    ),
  effects: async (database) => ({
    left: await left(database),
    totals: await totalsOf(database),
    rows: await rowsOf(database),
  }),
  expected: { left: ['old-1', 'old-2', 'old-3'], totals: 3, rows: 0 },
};
