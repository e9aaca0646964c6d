import { z } from 'zod';
import { pageOf, type Schtick, schtick } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import type { People } from './people.ts';
import { chapter, say } from './print.ts';
import type { SeededCampaign } from './seed-a-campaign.ts';
import type { Template } from './template-in-use.ts';

/** What was true before the campaign was created. */
type Before = { readonly template: Template; readonly uploadsBefore: number };

/** Reads all schticks page by page and proves that their prerequisites and pictures are in order. */
export async function lookInside(
  people: People,
  campaign: SeededCampaign,
  { template, uploadsBefore }: Before,
): Promise<void> {
  chapter('2. What is in it');
  const schticks = await allSchticks(people, campaign.id);
  claimEqual('the number of schticks in the list', schticks.length, campaign.counts.schticks);
  say(`  ${schticks.length} schticks in ${new Set(schticks.map(({ category }) => category)).size} categories.`);
  tellPrerequisites(schticks, template);
  await tellPictures(people, schticks, uploadsBefore);
}

async function allSchticks({ member }: People, campaignId: string): Promise<Schtick[]> {
  const found: Schtick[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { items: Schtick[]; nextCursor: string | null } = await member.campaign.get(
      `/campaigns/${campaignId}/schticks?limit=250${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      pageOf(schtick),
    );
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

function tellPrerequisites(schticks: readonly Schtick[], template: Template): void {
  const byId = new Map(schticks.map((each) => [each.id, each]));
  const needing = schticks.filter(({ prerequisiteId }) => prerequisiteId !== null);
  claimEqual('the number of prerequisites', needing.length, template.totals.prerequisites);
  const strays = needing.filter((each) => byId.get(each.prerequisiteId ?? '')?.category !== each.category);
  claimEqual('the number of prerequisites outside of campaign and category', strays.length, 0);

  const longest = schticks.map((each) => chainOf(each, byId)).reduce((a, b) => (b.length > a.length ? b : a), []);
  say(`  ${needing.length} of them need another one first, all in this very campaign. The longest chain:`);
  say(`    ${longest.map((each) => each.name).join(' > ')}  (${longest[0]?.category})`);
}

/** From the first that is needed to the schtick itself. */
function chainOf(schtickInQuestion: Schtick, byId: ReadonlyMap<string, Schtick>): Schtick[] {
  const chain: Schtick[] = [];
  for (let each: Schtick | undefined = schtickInQuestion; each; each = byId.get(each.prerequisiteId ?? '')) {
    claim(!chain.includes(each), `the prerequisites of ${schtickInQuestion.name} form no circle`);
    chain.unshift(each);
  }
  return chain;
}

async function tellPictures(people: People, schticks: readonly Schtick[], uploadsBefore: number): Promise<void> {
  const urls = new Set(schticks.map(({ imageUrl }) => imageUrl));
  claim(!urls.has(null) && urls.size < schticks.length, 'every schtick shows a picture, and many share one', urls.size);
  const totals = await people.operator.campaign.get('/assets', assetTotals);
  claimEqual('the number of references to pictures that are not there', totals.dangling, 0);
  claimEqual('the number of uploads', uploadsIn(totals), uploadsBefore);
  say(`  The ${schticks.length} schticks show ${urls.size} pictures by URL; seeding uploaded none. GET /assets counts`);
  say(`  ${totals.references} references to ${totals.files} files in the whole service, its templates included:`);
  say(`  ${megabytes(totals.bytesStored)} are stored and ${megabytes(totals.bytesSaved)} saved by sharing.`);
}

const assetTotals = z.object({
  files: z.int(),
  references: z.int(),
  bytesStored: z.int(),
  bytesSaved: z.int(),
  dangling: z.int(),
  providerCalls: z.record(z.string(), z.object({ calls: z.int() })),
});

/** How often a picture was ever uploaded to the image provider. */
export const uploadsSoFar = async ({ operator }: People): Promise<number> =>
  uploadsIn(await operator.campaign.get('/assets', assetTotals));

const uploadsIn = ({ providerCalls }: z.output<typeof assetTotals>): number => providerCalls['upload']?.calls ?? 0;

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
