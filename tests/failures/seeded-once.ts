import { until } from '@millrace/testkit';
import { type Asked, type Cluster, goesOnWithinMs } from './cluster.ts';

/** What a campaign of each profile holds when it is whole; `links` are its prerequisites. */
const whole = {
  tiny: { schticks: 20, weapons: 4, characters: 3, factions: 2, junctures: 2, pictures: 31, links: 7 },
  full: { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7, pictures: 788, links: 130 },
} as const;

type Profile = keyof typeof whole;
type Row = { _id: string; seedingId: string; sourceId: string; prerequisiteId: string | null };

const kinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'] as const;

/**
 * Waits until every campaign is told of, and until what replaced copies left behind is gone; then compares, campaign by campaign: ready,
 * each row of the template exactly once, the template's own prerequisites, one completed job, one notification.
 */
export async function expectSeededOnce(
  cluster: Cluster,
  asked: readonly Asked[],
  {
    profile = 'tiny',
    withinMs = goesOnWithinMs,
    toldBefore = [],
  }: { profile?: Profile; withinMs?: number; toldBefore?: readonly string[] } = {},
): Promise<void> {
  await waitUntilTold(cluster, asked, withinMs);
  const expected = asked.map(() => ({
    status: 'ready',
    rows: whole[profile],
    isOfOneCopy: true,
    hasTemplatesLinks: true,
    job: 'completed',
    told: [...toldBefore, 'ready'],
  }));
  const links = await templateLinks(cluster);
  await until(async () => (await strayRows(cluster, asked)) === 0, {
    withinMs: 20_000,
    message: 'rows of given-up copies are gone',
  });
  expect(await Promise.all(asked.map((one) => foundOf(cluster, one, links)))).toEqual(expected);
}

async function waitUntilTold(cluster: Cluster, asked: readonly Asked[], withinMs: number): Promise<void> {
  const told = { recipient: { $in: asked.map(({ person }) => person) }, title: /is ready$/ };
  const people = () => cluster.rows('notifications', 'notifications').distinct('recipient', told);
  await until(async () => (await people()).length === asked.length, {
    withinMs,
    everyMs: 100,
    message: `${asked.length} people are told`,
  });
}

async function foundOf(cluster: Cluster, { campaignId, jobId, person }: Asked, templates: readonly string[]) {
  const campaign = await cluster.rows('campaigns').findOne({ _id: campaignId });
  const schticks = await cluster.rows<Row>('schticks').find({ campaignId }).toArray();
  const others = await Promise.all(
    kinds.slice(1).map((kind) => cluster.rows<Row>(kind).find({ campaignId }).toArray()),
  );
  const pictures = await cluster.rows<Row>('asset_refs').find({ campaignId }).toArray();
  const links = linksOf(schticks);
  const job = await cluster.rows('jobs').findOne({ _id: jobId });
  const [weapons, characters, factions, junctures] = others.map(({ length }) => length);
  const sources = [...schticks, ...others.flat()].map(({ sourceId }) => sourceId);
  return {
    status: campaign?.['status'],
    rows: {
      schticks: schticks.length,
      weapons,
      characters,
      factions,
      junctures,
      pictures: pictures.length,
      links: links.length,
    },
    isOfOneCopy:
      new Set(sources).size === sources.length &&
      [...schticks, ...others.flat(), ...pictures].every(({ seedingId }) => seedingId === campaign?.['seedingId']),
    hasTemplatesLinks: JSON.stringify(links) === JSON.stringify(templates),
    job: job?.['state'],
    told: await toldTo(cluster, person),
  };
}

/** What a person has found in the inbox, oldest first: one entry for each event. */
export async function toldTo(cluster: Cluster, person: string): Promise<string[]> {
  const notices = await cluster
    .rows('notifications', 'notifications')
    .find({ recipient: person })
    .sort({ createdAt: 1 })
    .toArray();
  expect(new Set(notices.map(({ eventId }) => eventId)).size).toBe(notices.length);
  return notices.map(({ title }) => (title.endsWith(' is ready') ? 'ready' : title));
}

/** Rows that carry another seeding than the one their campaign shows. */
async function strayRows(cluster: Cluster, asked: readonly Asked[]): Promise<number> {
  const ids = asked.map(({ campaignId }) => campaignId);
  const campaigns = await cluster
    .rows('campaigns')
    .find({ _id: { $in: ids } })
    .toArray();
  const seedings = campaigns.map((campaign) => campaign['seedingId']);
  const stray = { campaignId: { $in: ids }, seedingId: { $nin: seedings } };
  const counts = await Promise.all([...kinds, 'asset_refs'].map((kind) => cluster.rows(kind).countDocuments(stray)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The published template's prerequisites as `source<prerequisite`, sorted. */
async function templateLinks(cluster: Cluster): Promise<string[]> {
  type Source = { sourceId: string; prerequisiteSourceId: string | null };
  const template = await cluster.rows('templates').findOne({ status: 'published' });
  const chunks = await cluster.rows('template_chunks').find({ hash: template?.['hash'], kind: 'schticks' }).toArray();
  return chunks
    .flatMap((chunk) => chunk['rows'] as Source[])
    .filter(({ prerequisiteSourceId }) => prerequisiteSourceId)
    .map(({ sourceId, prerequisiteSourceId }) => `${sourceId}<${prerequisiteSourceId}`)
    .sort();
}

/** A copy's prerequisites in the template's words. */
function linksOf(schticks: readonly Row[]): string[] {
  const sources = new Map(schticks.map(({ _id, sourceId }) => [_id, sourceId]));
  return schticks
    .filter(({ prerequisiteId }) => prerequisiteId)
    .map(({ sourceId, prerequisiteId }) => `${sourceId}<${sources.get(String(prerequisiteId))}`)
    .sort();
}
