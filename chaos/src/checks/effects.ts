import type { Db, Document } from 'mongodb';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Kind } from '../load/plan.ts';
import type { Sent } from '../load/send.ts';

/** What a check has found of the effects of one kind of command. */
export type Effects = { sent: number; done: number; lost: number; doubled: number; wrong: number };

type Row = Document & { _id: string };

/** What one command has left. `copies` counts what carries its name; exactly one is right. */
type Left = { readonly copies: number; readonly isWhole: boolean; readonly what: string };

type Reader = (sent: Sent) => Promise<Left>;

/** Looks at the rows themselves, behind the backs of the services. @returns the figures by kind, and a sentence for each command that has not exactly its effects. */
export async function checkEffects(
  cluster: Pick<WholeCluster, 'database' | 'provider'>,
  sent: readonly Sent[],
): Promise<{ effects: Map<Kind, Effects>; faults: string[] }> {
  const readers = await readersOf(cluster);
  const effects = new Map<Kind, Effects>();
  const faults: string[] = [];
  for (const command of sent) {
    const row = effects.get(command.kind) ?? { sent: 0, done: 0, lost: 0, doubled: 0, wrong: 0 };
    effects.set(command.kind, row);
    row.sent++;
    const { copies, isWhole, what } = await readers[command.kind](command);
    if (copies === 1 && isWhole) row.done++;
    else if (copies === 0) row.lost++;
    else if (copies > 1) row.doubled++;
    else row.wrong++;
    if (copies !== 1 || !isWhole) faults.push(`${command.kind} ${command.name} (${command.id}): ${what}`);
  }
  return { effects, faults };
}

async function readersOf({ database, provider }: Pick<WholeCluster, 'database' | 'provider'>) {
  const campaign = database('campaign');
  const orchestrator = database('mesh-orchestrator');
  const whole = await templateTotals(campaign);
  const albums = new Map(provider.catalogue.albums().map((album) => [album.title, album]));
  return {
    campaign: (sent) => campaignLeft(campaign, whole, { ownerId: sent.person, name: sent.name }),
    album: (sent) => albumLeft(database('music'), sent, albums.get(`Album ${sent.album}`)?.releaseCount ?? 0),
    project: (sent) => projectLeft(database('projects'), sent),
    mesh: (sent) => meshLeft(orchestrator, { ownerId: sent.person, 'metadata.name': sent.name, batchId: null }),
    batch: (sent) => batchLeft(database, sent),
  } satisfies Record<Kind, Reader>;
}

const entityKinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'] as const;
type Totals = Record<(typeof entityKinds)[number], number>;

/** What the published template holds, counted in its own chunks. */
async function templateTotals(campaign: Db): Promise<Totals> {
  const template = await campaign.collection('templates').findOne({ status: 'published' });
  const chunks = await campaign.collection('template_chunks').find({ hash: template?.['hash'] }).toArray();
  const countOf = (kind: string) =>
    chunks.filter((chunk) => chunk['kind'] === kind).reduce((sum, chunk) => sum + chunk['rows'].length, 0);
  return Object.fromEntries(entityKinds.map((kind) => [kind, countOf(kind)])) as Totals;
}

async function campaignLeft(db: Db, whole: Totals, named: { ownerId: string; name: string }): Promise<Left> {
  const found = await db.collection<Row>('campaigns').find(named).toArray();
  const [only] = found;
  if (!only) return { copies: 0, isWhole: false, what: 'is not there' };
  const odd: string[] = only['status'] === 'ready' ? [] : [`is ${only['status']}`];
  for (const kind of entityKinds) {
    const rows = await db.collection<Row>(kind).find({ campaignId: only._id }).toArray();
    if (rows.length !== whole[kind]) odd.push(`has ${rows.length} of ${whole[kind]} ${kind}`);
    if (new Set(rows.map((row) => row['sourceId'])).size !== rows.length) odd.push(`has ${kind} twice`);
  }
  return { copies: found.length, isWhole: odd.length === 0, what: `${found.length} of that name; ${odd.join(', ')}` };
}

async function albumLeft(db: Db, { person, album }: Sent, releaseCount: number): Promise<Left> {
  const found = await db
    .collection<Row>('albums')
    .find({ ownerId: person, title: `Album ${album}` })
    .toArray();
  const [only] = found;
  if (!only) return { copies: 0, isWhole: false, what: 'is not there' };
  const releases = await db.collection<Row>('releases').find({ albumId: only._id, removed: null }).toArray();
  const distinct = new Set(releases.map((release) => release['musicbrainzId'])).size;
  const isWhole = only['importStatus'] === 'imported' && releases.length === releaseCount && distinct === releaseCount;
  const what = `${found.length} of that title, ${only['importStatus']}, ${releases.length} releases (${distinct} different) of ${releaseCount}`;
  return { copies: found.length, isWhole, what };
}

async function projectLeft(db: Db, { person, name }: Sent): Promise<Left> {
  const found = await db.collection<Row>('projects').find({ ownerId: person, name }).toArray();
  const status = found[0]?.['status'];
  return { copies: found.length, isWhole: status === 'ready', what: `${found.length} of that name, ${status}` };
}

async function meshLeft(db: Db, named: Document): Promise<Left> {
  const found = await db.collection<Row>('meshes').find(named).toArray();
  const [only] = found;
  const isWhole = only?.['status'] === 'completed' && only['result'].artifacts.length > 0;
  const error = only?.['error'] ? ` (${only['error'].code})` : '';
  return { copies: found.length, isWhole, what: `${found.length} of that name, ${only?.['status']}${error}` };
}

async function batchLeft(database: WholeCluster['database'], { person, name, imageIds = [] }: Sent): Promise<Left> {
  const projects = await database('projects').collection<Row>('projects').find({ ownerId: person, name }).toArray();
  const db = database('mesh-orchestrator');
  const found = await db
    .collection<Row>('batches')
    .find({ projectId: { $in: projects.map(({ _id }) => _id) } })
    .toArray();
  const [only] = found;
  if (!only) return { copies: 0, isWhole: false, what: 'is not there' };
  const meshes = await db.collection<Row>('meshes').find({ batchId: only._id }).toArray();
  const done = meshes.filter(({ status }) => status === 'completed').length;
  const isWhole = only['status'] === 'completed' && done === imageIds.length && meshes.length === done;
  const what = `${found.length} in its project, ${only['status']}, ${done} of ${meshes.length} meshes for ${imageIds.length} pictures`;
  return { copies: Math.max(found.length, projects.length), isWhole, what };
}
