import { assignedCampaign, counts, pageOf, pool, schtick, withJob } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import type { People } from './people.ts';
import { chapter, milliseconds, say, seconds } from './print.ts';
import type { Template } from './template-in-use.ts';

const builtWithinMs = 60_000;

/** Takes the ready campaigns out of the way, so that one can be watched being seeded. @returns how to fill the pool again. */
export async function emptyThePool({ operator }: People): Promise<() => Promise<void>> {
  const look = () => operator.campaign.get('/pools/master', pool);
  const before = await eventually('the pool', () => look().catch(() => undefined));
  await operator.campaign.post('/pools/master/pause', undefined, { status: 200, schema: pool });
  await eventually(
    'the end of what was being built',
    async () => ((await look()).counts.building === 0 ? true : undefined),
    builtWithinMs,
  );
  await operator.campaign.post('/pools/master/drain', undefined, { status: 202, schema: withJob });
  return async () => {
    if (!before.policy.paused)
      await operator.campaign.post('/pools/master/resume', undefined, { status: 200, schema: pool });
  };
}

/** A member creates another campaign: it is ready at once, and looks as if it had been made that moment. */
export async function takeFromThePool(people: People, template: Template): Promise<void> {
  const { member, operator } = people;
  chapter('5. The next campaign was ready before it was asked for');
  const askedAt = performance.now();
  const { policy } = await operator.campaign.get('/pools/master', pool);
  if (policy.paused || policy.target === 0) return say('  The pool is paused or wants no campaigns: nothing to show.');
  const ready = await eventually(
    'a full pool',
    async () => {
      const { counts: held } = await operator.campaign.get('/pools/master', pool);
      return held.ready >= policy.target ? held.ready : undefined;
    },
    builtWithinMs,
  );
  say(
    `  The pool was empty; it has built ${ready} campaigns in ${seconds(performance.now() - askedAt)}, verified row by row.`,
  );

  const claimedAt = performance.now();
  const { campaign } = await member.campaign.post(
    '/campaigns',
    { name: 'The Glass Tide' },
    { status: 201, schema: assignedCampaign },
  );
  const tookMs = performance.now() - claimedAt;
  claimEqual('the status of the campaign', campaign.status, 'ready');
  claimEqual('what the campaign holds', campaign.counts, counts.parse(template.totals));
  claimEqual('its creation', campaign.createdAt, campaign.activatedAt);
  claim(campaign.poolCreatedAt < campaign.activatedAt, 'it was built before it was given away', campaign);
  const { items } = await member.campaign.get(
    `/campaigns/${campaign.id}/schticks?limit=1`,
    pageOf(schtick.extend({ createdAt: schtick.shape.name })),
  );
  claimEqual('the age of what is in it', items[0]?.createdAt, campaign.activatedAt);
  const told = await eventually('a notification of it', async () =>
    (await inboxOf(people)).find(({ title }) => title.includes(campaign.name)),
  );
  const poolAgeMs = Date.parse(campaign.activatedAt) - Date.parse(campaign.poolCreatedAt);
  say(
    `  POST /campaigns answered after ${milliseconds(tookMs)} with "${campaign.name}": ready, all ${campaign.counts.schticks} schticks in it.`,
  );
  say(`  Two clocks: in the pool since ${campaign.poolCreatedAt} (${seconds(poolAgeMs)}),`);
  say(`              the member's since ${campaign.activatedAt}, and so is everything in it.`);
  say(`  Told to the member: "${told.title}"`);
}
