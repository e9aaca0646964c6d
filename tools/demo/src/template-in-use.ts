import { z } from 'zod';
import { counts } from './answers.ts';
import { claim } from './claim.ts';
import { eventually } from './eventually.ts';
import type { People } from './people.ts';

const template = z.object({
  version: z.int(),
  profile: z.string(),
  isCurrent: z.boolean(),
  totals: counts.extend({ prerequisites: z.int(), imageReferences: z.int() }),
});
export type Template = z.output<typeof template>;

/** Waits for the first start's template, and hands over the one that campaigns are seeded from now. */
export function templateInUse({ operator }: People): Promise<Template> {
  const pages = z.object({ items: z.array(template) });
  return eventually('a published template', async () => {
    const { items } = await operator.campaign.get('/templates?limit=1000', pages);
    return items.find(({ isCurrent }) => isCurrent);
  });
}

/** The figures of the profile that is generated unless TEMPLATE_PROFILE says otherwise. */
export function claimFullFigures({ profile, totals }: Template): void {
  if (profile !== 'full') return;
  const found = [totals.schticks, totals.prerequisites, totals.imageReferences];
  claim(found.join() === '643,130,788', 'the template has 643 schticks, 130 prerequisites and 788 images', found);
}
