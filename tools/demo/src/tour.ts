import type { ClusterUrls } from '@millrace/stack';
import { askAgain } from './ask-again.ts';
import { balance } from './balance.ts';
import { followTheTrace } from './follow-the-trace.ts';
import { importAnAlbum } from './import-an-album.ts';
import { listenToInbox, readInbox } from './inbox.ts';
import { letOneFail } from './let-one-fail.ts';
import { lookInside, uploadsSoFar } from './look-inside.ts';
import { giveMailAddress, readMail } from './mail.ts';
import { makeABatch } from './make-a-batch.ts';
import { makeMeshes } from './make-meshes.ts';
import { invitePeople } from './people.ts';
import { seeTheConsole } from './see-the-console.ts';
import { seedACampaign } from './seed-a-campaign.ts';
import { setAProjectUp } from './set-a-project-up.ts';
import { emptyThePool, takeFromThePool } from './take-from-the-pool.ts';
import { claimFullFigures, templateInUse } from './template-in-use.ts';

/** Shows what Millrace does, chapter by chapter. @throws at the first thing that is not as it says. */
export async function tour(urls: ClusterUrls): Promise<void> {
  const people = await invitePeople(urls);
  const template = await templateInUse(people);
  claimFullFigures(template);
  const fillThePool = await emptyThePool(people);
  const uploadsBefore = await uploadsSoFar(people);
  await giveMailAddress(people, urls);
  const inbox = await listenToInbox(people);
  try {
    const askedAtMs = performance.now();
    const campaign = await seedACampaign(people, template);
    await lookInside(people, campaign, { template, uploadsBefore });
    await askAgain(people, campaign);
    const told = await readInbox(people, inbox.next, askedAtMs);
    await readMail(people, urls, told);
    await fillThePool();
    await takeFromThePool(people, template);
    await letOneFail(people);
    await followTheTrace(urls, campaign.job, told);
    await importAnAlbum(people, urls);
    await makeMeshes(people, urls);
    await makeABatch(people);
    await setAProjectUp(people, urls);
    await balance(people);
    await seeTheConsole(urls);
  } finally {
    inbox.stop();
  }
}
