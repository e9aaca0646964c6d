import * as answers from './answers.ts';
import { type Counts, createdCampaign, type Job, job } from './answers.ts';
import { claimEqual } from './claim.ts';
import type { People } from './people.ts';
import { chapter, say, seconds, table } from './print.ts';
import type { Template } from './template-in-use.ts';

export type SeededCampaign = { readonly id: string; readonly name: string; readonly counts: Counts; readonly job: Job };

const name = 'The Hollow Lantern';

/** A member creates a campaign, watches it being filled, and finds everything in it. */
export async function seedACampaign({ member }: People, template: Template): Promise<SeededCampaign> {
  chapter('1. A member creates a campaign');
  const askedAt = performance.now();
  const answer = await member.campaign.post('/campaigns', { name }, { status: 201, schema: createdCampaign });
  say(`  POST /campaigns answered after ${seconds(performance.now() - askedAt)}: it exists, and job ${answer.job.id}`);
  say(`  is going to fill it from master template ${template.version}. Live from GET /jobs/<id>/events:`);
  await followJob(member, answer.job.id, askedAt);

  const ended = await member.campaign.get(`/jobs/${answer.job.id}?wait=30`, job);
  claimEqual('the state of the seeding job', ended.state, 'completed');
  const campaign = await member.campaign.get(`/campaigns/${answer.campaign.id}`, answers.campaign);
  claimEqual('the status of the campaign', campaign.status, 'ready');
  claimEqual('what the campaign holds', campaign.counts, answers.counts.parse(template.totals));
  say(`  Ready ${seconds(performance.now() - askedAt)} after the request, at attempt ${ended.attempt}. It holds:`);
  table(Object.entries(campaign.counts).map(([kind, count]) => [count, kind]));
  return { ...campaign, job: ended };
}

/** Prints each change that the stream tells; it ends with the job. */
async function followJob(member: People['member'], jobId: string, sinceMs: number): Promise<void> {
  const events = member.campaign.events(`/jobs/${jobId}/events`, AbortSignal.timeout(60_000));
  for await (const { data } of events) {
    const { state, progress, message } = job.parse(data);
    const percent = `${Math.round(progress * 100)} %`.padStart(5);
    say(`    +${seconds(performance.now() - sinceMs)}  ${percent}  ${state.padEnd(9)}  ${message ?? ''}`.trimEnd());
  }
}
