import type { Document } from 'mongodb';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Sent } from '../load/send.ts';

/** The titles under which a command is told of to its person; one entry each. */
export function titlesOf(sent: Sent): readonly string[] {
  const { kind, name, template, album, picture } = sent;
  if (kind === 'campaign') return [`${name} is ready`];
  if (kind === 'album') return [`The releases of Album ${album} are there`];
  if (kind === 'mesh') return [`The mesh of logo-${picture}.png is ready`];
  if (kind === 'batch') return [batchTitle];
  // A game has a starter campaign and a sample mesh, both its owner's.
  const samples = template === 'game' ? [sampleCampaign(name), sampleMesh] : [];
  return [`The project ${name} is ready`, ...samples];
}

const batchTitle = 'All 3 meshes are ready';
const sampleMesh = 'The mesh of lantern.png is ready';
const sampleCampaign = (project: string) => `${project}: starter campaign is ready`;

export type Notices = { expected: number; told: number; lost: number; doubled: number };

/** Compares what each person was told with what they are to be told, title by title. */
export async function checkNotices(
  cluster: Pick<WholeCluster, 'database'>,
  sent: readonly Sent[],
): Promise<{ notices: Notices; faults: string[] }> {
  const wanted = countsOf(sent.flatMap((command) => titlesOf(command).map((title) => `${command.person}: ${title}`)));
  const people = [...new Set(sent.map(({ person }) => person))];
  const rows = await rowsOf(cluster, people);
  const found = countsOf(rows.map((row) => `${row['recipient']}: ${row['title']}`));
  const faults: string[] = [];
  const notices: Notices = { expected: 0, told: rows.length, lost: 0, doubled: 0 };
  for (const title of new Set([...wanted.keys(), ...found.keys()])) {
    const [want, have] = [wanted.get(title) ?? 0, found.get(title) ?? 0];
    notices.expected += want;
    notices.lost += Math.max(0, want - have);
    notices.doubled += Math.max(0, have - want);
    if (want !== have) faults.push(`notice "${title}": ${have} times, and ${want} are right`);
  }
  const events = countsOf(rows.map((row) => `${row['recipient']}: ${row['eventId']}`));
  for (const [event, count] of events) if (count > 1) faults.push(`event ${event} is told ${count} times`);
  return { notices, faults };
}

const rowsOf = ({ database }: Pick<WholeCluster, 'database'>, people: readonly string[]): Promise<Document[]> =>
  database('notifications')
    .collection('notifications')
    .find({ recipient: { $in: [...people] } })
    .toArray();

function countsOf(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
