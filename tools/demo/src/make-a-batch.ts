import { batch } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import { madeLogo } from './made-logo.ts';
import { upload } from './make-meshes.ts';
import type { People } from './people.ts';
import { say, seconds } from './print.ts';

/** Three logos, and one of a single pixel: a picture by its bytes, and nothing that a relief could be made of. */
const sidesPx = [64, 96, 128, 1];
const notDrawable = '1-px.png';

/** A batch with a picture that cannot become a mesh keeps the others, names that one, and tells its end once for all. */
export async function makeABatch(people: People): Promise<void> {
  const { member } = people;
  const pictures = sidesPx.map((side) => ({ name: `${side}-px.png`, bytes: madeLogo(side) }));
  const { projectId, imageIds } = await upload(people, pictures);
  const toldBefore = (await inboxOf(people)).length;

  const askedAtMs = performance.now();
  const wish = { projectId, imageIds: [...imageIds.values()], mode: 'relief' };
  const { id } = await member.mesh.post('/batches', wish, { status: 202, schema: batch });
  const ended = await eventually('the end of the batch', async () => {
    const now = await member.mesh.get(`/batches/${id}`, batch);
    return now.status === 'processing' ? undefined : now;
  });
  const tookMs = performance.now() - askedAtMs;

  claimEqual(
    'what has become of the batch',
    [ended.status, ended.total, ended.completed, ended.failed, ended.progress],
    ['partial', 4, 3, 1, 100],
  );
  const failed = ended.items.filter(({ state }) => state === 'failed');
  const reason = failed[0]?.error;
  claim(failed.length === 1 && reason?.code === 'IMAGE_TOO_SMALL', 'one picture has failed, and why is told', failed);
  claimEqual('which picture has failed', failed[0]?.picture, notDrawable);
  say(
    `  All ${ended.total} as a batch: ${ended.status} after ${seconds(tookMs)}. ${notDrawable} alone has failed: ${reason.message}.`,
  );
  await claimToldOnce(people, toldBefore);
}

async function claimToldOnce(people: People, toldBefore: number): Promise<void> {
  const told = await eventually('the notification of the batch', async () => {
    const entries = (await inboxOf(people)).slice(0, -toldBefore || undefined);
    return entries.length > 0 ? entries : undefined;
  });
  claimEqual(
    'what the member is told of the batch',
    told.map(({ title }) => title),
    ['3 of 4 meshes are ready'],
  );
  say(`  Told to the member, once for all four: "${told[0]?.title}": ${told[0]?.body}`);
}
