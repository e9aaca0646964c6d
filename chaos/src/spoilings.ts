import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'mongodb';
import { judge } from './checks/judge.ts';
import type { WholeCluster } from './cluster/whole-cluster.ts';
import type { Sent } from './load/send.ts';
import type { Spoiling } from './scenario.ts';

type Row = Document & { _id: string };
type Spoiled = Pick<Spoiling, 'name' | 'what'> & {
  spoil(cluster: WholeCluster, sent: readonly Sent[]): Promise<unknown>;
};

/** Ways to spoil a good run, each against another check: a check that says nothing of it is worth nothing. */
const spoilings: readonly Spoiled[] = [
  {
    name: 'effect',
    what: 'a seeding has lost a row',
    spoil: ({ database }, sent) =>
      database('campaign')
        .collection('schticks')
        .deleteOne({ campaignId: sent.find(({ kind }) => kind === 'campaign')?.id ?? '' }),
  },
  {
    name: 'notice',
    what: 'somebody was told twice',
    spoil: async ({ database }) => {
      const notices = database('notifications').collection<Row>('notifications');
      const one = await notices.findOne({ recipient: /^person-/ });
      if (one) await notices.insertOne({ ...one, _id: 'planted', eventId: 'planted' });
    },
  },
  {
    name: 'file',
    what: 'an upload has died and nobody has cleaned up',
    spoil: ({ folders }) => writeFile(join(folders.artifacts, 'planted.png'), 'nobody needs this'),
  },
  {
    name: 'ledger',
    what: 'an accepted command has vanished',
    spoil: ({ database }) =>
      database('music').collection('jobs').deleteOne({ name: 'album.import-releases', state: 'completed' }),
  },
];

/** Does one harm after the other to what was judged, and has it judged again each time. @param known what was found before any. */
export async function spoilEach(
  cluster: WholeCluster,
  sent: readonly Sent[],
  known: readonly string[],
): Promise<Spoiling[]> {
  const seen = new Set(known);
  const planted: Spoiling[] = [];
  for (const { name, what, spoil } of spoilings) {
    await spoil(cluster, sent);
    const { faults } = await judge(cluster, sent);
    const said = faults.find((fault) => !seen.has(fault));
    for (const fault of faults) seen.add(fault);
    planted.push({ name, what, ...(said !== undefined && { said }) });
  }
  return planted;
}
