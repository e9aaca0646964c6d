import { campaign as campaignAnswer, withJob } from './answers.ts';
import { claimEqual } from './claim.ts';
import type { People } from './people.ts';
import { chapter, say } from './print.ts';
import type { SeededCampaign } from './seed-a-campaign.ts';

/** Asking for what was done already leads to what was done. */
export async function askAgain({ member }: People, { id, job, counts }: SeededCampaign): Promise<void> {
  chapter('3. The member asks for the same again, twice');
  for (const _ of ['once', 'twice']) {
    const again = await member.campaign.post(`/campaigns/${id}/seed`, {}, { status: 202, schema: withJob });
    claimEqual('the job that POST /campaigns/<id>/seed answers', again.job.id, job.id);
  }
  const found = await member.campaign.get(`/campaigns/${id}`, campaignAnswer);
  claimEqual('what the campaign holds after being asked again', found.counts, counts);
  say(
    `  Both times the answer is the job that did it; there are ${counts.schticks} schticks still, not a second copy.`,
  );
}
