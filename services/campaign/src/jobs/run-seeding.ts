import type { Failure } from '@millrace/jobs';
import type { Campaign, SeededAnnouncement, SeedingRun, SeedingStage } from '../domain/campaign.ts';
import { seedingStages } from '../domain/campaign.ts';
import { type CopyOf, copiedRow, type ReferenceRow, referenceRow, type SourceRow } from '../domain/campaign-copy.ts';
import type { PoolType } from '../domain/pool.ts';
import { graphChecksum, type Link } from '../domain/prerequisite-graph.ts';
import { type EntityKind, entityKinds, type TemplateImage, type TemplateSchtick } from '../domain/template.ts';
import { type CopyRows, linksOf } from '../store/copy-rows.ts';
import { SeedingSuperseded, type Seedings } from '../store/seedings.ts';
import type { TemplateFiles } from '../store/template-files.ts';
import type { TemplateRow, Templates } from '../store/templates.ts';
import { InFlight } from './in-flight.ts';

export type SeedingStore = {
  readonly seedings: Seedings;
  readonly templates: Pick<Templates, 'current' | 'find' | 'content'>;
  readonly files: Pick<TemplateFiles, 'links'>;
  readonly rows: CopyRows;
};

type Command = {
  readonly campaignId: string;
  readonly requestedBy: string | null;
  readonly mode: 'batch' | 'single';
  readonly rootId: string;
  readonly jobId: string;
};

type Hooks = { readonly signal?: AbortSignal; progress?(fraction: number, message?: string): void };

export type Seeding = {
  /** What to tell; null when another seeding has told it. */
  readonly announcement: SeededAnnouncement | null;
  readonly result: object;
  /** For a campaign that was built for a pool: which one, how long that took from the opening of its place, and from the claim that it makes up for. */
  readonly built?: { readonly type: PoolType; readonly ms: number; readonly lagMs?: number | undefined };
};

/** More do not make the database faster, and each holds a thousand rows in memory. */
const BATCHES_AT_ONCE = 3;

/** There is no template to copy. */
export class TemplateMissing extends Error {
  override readonly name = 'TemplateMissing';
  readonly failure: Failure = {
    code: 'template-missing',
    message: this.message,
    remedy: 'publish a template (POST /templates/:id/publish), then seed the campaign again',
  };
}

/** What was read back is not what the template says. */
export class CopyIncomplete extends Error {
  override readonly name = 'CopyIncomplete';
}

/**
 * Seeds one campaign, with or without the job runtime round it. Null when there is no such campaign.
 *
 * Killed anywhere: nothing is visible before `publish`, one write that names the copy. A rerun of the same root goes on with the same ids,
 * so what is there already counts. A run that was only thought dead loses the campaign's token to the next one: it writes the
 * very rows that are there, or nothing, and cannot publish.
 * @throws SeedingSuperseded, CopyIncomplete, TemplateMissing, and whatever the database throws.
 */
export async function runSeeding(store: SeedingStore, command: Command, hooks: Hooks = {}): Promise<Seeding | null> {
  const current = await store.templates.current();
  if (!current) throw new TemplateMissing('no template is published');
  const begun = await store.seedings.begin(command.campaignId, { ...command, templateId: current._id });
  if (!begun) return null;
  const { campaign, start } = begun;
  if (start.kind !== 'run')
    return {
      announcement: start.kind === 'already-mine' ? start.announcement : null,
      result: resultOf(start.announcement),
    };

  const template = start.run.templateId === current._id ? current : await store.templates.find(start.run.templateId);
  if (!template) throw new TemplateMissing(`template ${start.run.templateId} no longer exists`);
  try {
    return await copyAndPublish(store, { campaign, ...start, template, command }, hooks);
  } catch (error) {
    if (error instanceof SeedingSuperseded) await removeIfGivenUp(store, start.run, command.campaignId);
    throw error;
  }
}

type Work = {
  readonly campaign: Campaign;
  readonly run: SeedingRun;
  /** The copy of a run that this one replaces. */
  readonly replacedSeedingId: string | null;
  readonly template: TemplateRow;
  readonly command: Command;
};

async function copyAndPublish(store: SeedingStore, work: Work, hooks: Hooks): Promise<Seeding> {
  const { campaign, run, template } = work;
  const steps = stepsOf(store.seedings, work, hooks);
  const { links, references } = await copyRows(store, work, steps);

  await together(work, async (writes) => {
    steps.show('prerequisites');
    await writes.add(() => connect(store, work, links));
    steps.show('images');
    await writes.add(() => store.rows.refer(references));
  });

  await steps.enter('verify');
  await verify(store.rows, { campaignId: campaign._id, run, template, links });

  const announcement = announcementOf(work);
  const { counts, templateVersion } = announcement;
  const copy = { counts, templateVersion, templateHash: template.hash, announcement };
  await store.seedings.publish(campaign._id, run, copy, campaign.isPool ? { poolStatus: 'ready' } : {});
  await tidy(store, work);
  const built = builtOf(campaign);
  return { announcement, result: resultOf(announcement), ...(built && { built }) };
}

function builtOf({ poolType, poolCreatedAt, poolWantedAt }: Campaign): Seeding['built'] {
  if (!poolType || !poolCreatedAt) return undefined;
  const since = (begin: Date) => Date.now() - begin.getTime();
  return { type: poolType, ms: since(poolCreatedAt), lagMs: poolWantedAt && since(poolWantedAt) };
}

/** Copies all rows, a chunk of the template at a time, and collects what has to wait until all rows are there. */
async function copyRows(store: SeedingStore, work: Work, steps: Steps) {
  const { campaign, run, template, command } = work;
  const insert = command.mode === 'batch' ? store.rows.insert : store.rows.insertSingly;
  const links: Link[] = [];
  const references: ReferenceRow[] = [];
  const images = new Map<string, { assetId: string; url: string }>();
  const copy: CopyOf = { campaignId: campaign._id, seedingId: run.seedingId, at: run.startedAt, images };
  const copyChunk = async (kind: EntityKind, rows: readonly unknown[], writes: InFlight) => {
    steps.show(kind);
    const copied = rows.map((row) => copiedRow(kind, row as SourceRow, copy));
    await writes.add(() => insert(kind, copied));
    if (kind === 'schticks') links.push(...linksOf(rows as readonly TemplateSchtick[], run.seedingId));
    if (command.mode === 'batch') references.push(...copied.map((row) => referenceRow(kind, row)));
  };
  await together(work, async (writes) => {
    for await (const { kind, rows } of store.templates.content(template.hash)) {
      if (kind !== 'images') await copyChunk(kind, rows, writes);
      else for (const [id, link] of store.files.links(rows as readonly TemplateImage[])) images.set(id, link);
    }
  });
  return { links, references };
}

/**
 * Writes that do not depend on each other go side by side; the traditional path does one thing at a time.
 * Nothing is written any more when this returns or throws: a run that stops here may remove what it wrote.
 */
async function together({ command }: Work, begin: (writes: InFlight) => Promise<void>): Promise<void> {
  const writes = new InFlight(command.mode === 'batch' ? BATCHES_AT_ONCE : 1);
  try {
    await begin(writes);
    await writes.end();
  } finally {
    await writes.quiet();
  }
}

const connect = ({ rows }: SeedingStore, { run, command }: Work, links: readonly Link[]): Promise<void> =>
  command.mode === 'batch' ? rows.connect(links, run.seedingId) : rows.connectSingly(links, run.seedingId);

type Steps = { show(stage: SeedingStage): void; enter(stage: SeedingStage): Promise<void> };

/**
 * Each step reports its progress and stops a run that has been told to. `enter` also writes the stage down and proves
 * that the campaign is still this run's; it is a round trip, so not every step does.
 */
function stepsOf(seedings: Seedings, { campaign, run }: Work, { signal, progress }: Hooks): Steps {
  const show = (stage: SeedingStage) => {
    signal?.throwIfAborted();
    progress?.(seedingStages.indexOf(stage) / seedingStages.length, stage);
  };
  return {
    show,
    async enter(stage) {
      show(stage);
      await seedings.enter(stage, campaign._id, run);
    },
  };
}

async function verify(
  rows: CopyRows,
  {
    campaignId,
    run,
    template,
    links,
  }: { campaignId: string; run: SeedingRun; template: TemplateRow; links: readonly Link[] },
): Promise<void> {
  const expected = { ...template.totals, graph: graphChecksum(links) };
  const found = await rows.read(campaignId, run.seedingId);
  const wrong = Object.entries(expected).filter(([what, value]) => found[what as keyof typeof found] !== value);
  if (wrong.length === 0) return;
  const told = wrong
    .map(([what, value]) => `${what}: ${found[what as keyof typeof found]} instead of ${value}`)
    .join(', ');
  throw new CopyIncomplete(
    `campaign ${campaignId}: the copy differs from template version ${template.version}: ${told}`,
  );
}

function announcementOf({ campaign, run, template, command }: Work): SeededAnnouncement {
  const countOf = (kind: EntityKind) => template.totals[kind];
  return {
    campaignId: campaign._id,
    name: campaign.name,
    ownerId: campaign.ownerId,
    requestedBy: command.requestedBy,
    templateVersion: template.version,
    counts: Object.fromEntries(entityKinds.map((kind) => [kind, countOf(kind)])) as SeededAnnouncement['counts'],
    durationMs: Date.now() - run.startedAt.getTime(),
  };
}

const resultOf = ({ counts, templateVersion, durationMs }: SeededAnnouncement) => ({
  counts,
  templateVersion,
  durationMs,
});

/** Copies that this one replaced are of no use to anybody now. */
async function tidy({ seedings, rows }: SeedingStore, { campaign, replacedSeedingId }: Work): Promise<void> {
  const replaced = [...campaign.uncleanSeedingIds, ...(replacedSeedingId ? [replacedSeedingId] : [])];
  for (const seedingId of replaced) await rows.remove(campaign._id, seedingId);
  if (replaced.length > 0) await seedings.cleaned(campaign._id, replaced);
}

/** A run that lost its campaign removes what it wrote, unless the next run goes on with the same rows. */
async function removeIfGivenUp(
  { seedings, rows }: SeedingStore,
  { seedingId }: SeedingRun,
  campaignId: string,
): Promise<void> {
  const inUse = await seedings.isInUse(campaignId, seedingId);
  if (!inUse) await rows.remove(campaignId, seedingId);
}
