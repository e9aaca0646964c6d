import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'mongodb';
import type { WholeCluster } from './cluster/whole-cluster.ts';
import { chaosConfig } from './config.ts';
import type { Sent } from './load/send.ts';

type Row = Document & { _id: string };

/** Ways to spoil a good run, each against another check: a check that says nothing of it is worth nothing. */
const spoilings: Readonly<Record<string, (cluster: WholeCluster, sent: readonly Sent[]) => Promise<unknown>>> = {
  /** As if a seeding had lost a row. */
  effect: ({ database }, sent) =>
    database('campaign')
      .collection('schticks')
      .deleteOne({ campaignId: sent.find(({ kind }) => kind === 'campaign')?.id ?? '' }),
  /** As if somebody was told twice. */
  notice: async ({ database }) => {
    const notices = database('notifications').collection<Row>('notifications');
    const one = await notices.findOne({ recipient: /^person-/ });
    if (one) await notices.insertOne({ ...one, _id: 'planted' });
  },
  /** As if an upload had died and nobody cleaned up. */
  file: ({ folders }) => writeFile(join(folders.artifacts, 'planted.png'), 'nobody needs this'),
  /** As if an accepted command had vanished. */
  ledger: ({ database }) =>
    database('music').collection('jobs').deleteOne({ name: 'album.import-releases', state: 'completed' }),
};

/** Does what PLANT asks for; nothing when it is unset. @throws for a name that is none. */
export async function plant(cluster: WholeCluster, sent: readonly Sent[]): Promise<void> {
  if (!chaosConfig.plant) return;
  const spoil = spoilings[chaosConfig.plant];
  if (!spoil) throw new Error(`PLANT is ${chaosConfig.plant}, but must be one of ${Object.keys(spoilings).join(', ')}`);
  await spoil(cluster, sent);
}
