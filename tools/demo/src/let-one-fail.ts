import { randomUUID } from 'node:crypto';
import { seedCampaign } from '@millrace/contracts/campaign';
import { deadLetter, deadLetterGroup, job, pageOf, withJob } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import type { People } from './people.ts';
import { chapter, say } from './print.ts';

const note = 'made by the demo on purpose';

/** A command that cannot succeed: fails for good at once, is told, rests among the dead letters, and is closed there. */
export async function letOneFail(people: People): Promise<void> {
  chapter('6. An operator commands a seeding of a campaign that does not exist');
  const { operator, memberName } = people;
  const before = (await inboxOf(people)).length;
  const command = { name: seedCampaign.name, payload: { campaignId: randomUUID(), requestedBy: memberName } };
  const accepted = await operator.campaign.post('/jobs', command, { status: 202, schema: withJob });
  const failed = await operator.campaign.get(`/jobs/${accepted.job.id}?wait=30`, job);

  const reason = failed.errors.at(-1);
  claimEqual('how the job ended', [failed.state, reason?.code, failed.attempt], ['failed', 'campaign-missing', 1]);
  say(`  Another try would not help, so it failed for good at attempt 1 of ${failed.maxAttempts}, with the reason`);
  say(`  ${reason?.code}: ${reason?.message}`);

  const told = await eventually('a notification of the failure', async () => {
    const entries = await inboxOf(people);
    return entries.length > before ? entries : undefined;
  });
  claimEqual('the number of notifications after the failure', told.length, before + 1);
  say(`  Told to the member: "${told[0]?.title}"`);
  await closeDeadLetter(people, { jobId: failed.id, fingerprint: failed.fingerprint });
}

type Dead = { jobId: string; fingerprint: string | null };

async function closeDeadLetter({ operator }: People, { jobId, fingerprint }: Dead): Promise<void> {
  const groups = await operator.campaign.get('/dead-letters', pageOf(deadLetterGroup));
  const group = groups.items.find((each) => each.fingerprint === fingerprint);
  claim(group, 'GET /dead-letters lists what the job died of', groups.items);
  const letters = await operator.campaign.get(`/dead-letters/${fingerprint}`, pageOf(deadLetter));
  claim(
    letters.items.some(({ id }) => id === jobId),
    'the group of dead letters holds the job',
    letters.items,
  );
  say(`  GET /dead-letters groups it by its cause: ${group.name}, ${group.code}, ${group.count} open.`);

  const path = `/dead-letters/${jobId}/resolve`;
  const closed = await operator.campaign.post(path, { note }, { status: 200, schema: deadLetter });
  claimEqual('the state of the dead letter', closed.state, 'resolved');
  say(`  Resolved with the note "${note}".`);
}
