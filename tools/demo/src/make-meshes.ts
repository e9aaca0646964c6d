import { createHash } from 'node:crypto';
import type { ClusterUrls } from '@millrace/stack';
import { type Mesh, mesh, project, uploaded } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import { meshTrace } from './mesh-trace.ts';
import type { People } from './people.ts';
import { chapter, say, seconds, table } from './print.ts';
import { type Picture, realPictures } from './real-pictures.ts';

type Wish = { readonly picture: string; readonly mode: string };

/** A mesh for each mode, of a picture that suits it; `auto` has to find out by itself. */
const wishes: readonly Wish[] = [
  { picture: 'logo.png', mode: 'sprite' },
  { picture: 'astronaut.png', mode: 'relief' },
  { picture: 'camera.png', mode: 'lithophane' },
  { picture: 'logo.png', mode: 'extrude' },
  { picture: 'horse.png', mode: 'cutout' },
  { picture: 'logo.png', mode: 'inflate' },
  { picture: 'chelsea.png', mode: 'auto' },
];

const detailFactor = 0.02;
const madeWithinMs = 90_000;

/** A member's pictures become meshes: all at once, each measured, fetched and told of; and one of them as a trace through the engine. */
export async function makeMeshes(people: People, urls: ClusterUrls): Promise<void> {
  chapter('9. Pictures become meshes');
  const { projectId, imageIds } = await upload(people, await realPictures());
  const toldBefore = (await inboxOf(people)).length;

  const askedAtMs = performance.now();
  // In a cluster that runs for long the store may have them, and the engine would have nothing to show.
  const asked = await Promise.all(wishes.map((wish) => ask(people, wish, { projectId, imageIds }, { reuse: false })));
  const made = await Promise.all(asked.map(({ id }) => ended(people, id)));
  const tookMs = performance.now() - askedAtMs;

  for (const [index, each] of made.entries()) claimSound(each, wishes[index] as Wish);
  table([['mode', 'picture', 'vertices', 'triangles', 'error', 'closed', 'files', 'takes'], ...made.map(rowOf)]);
  say(`  ${made.length} meshes at once in ${seconds(tookMs)}; no worker waited while the engine was at work.`);
  const chosen = made.at(-1);
  say(`  auto took ${chosen?.mode}: ${chosen?.modeReason}.`);
  await claimFetched(people, made);
  await claimTold(people, toldBefore + made.length);
  await claimReused(people, wishes[1] as Wish, { projectId, imageIds });
  await meshTrace(urls, made[1] as Mesh);
}

type Album = { readonly projectId: string; readonly imageIds: ReadonlyMap<string, string> };

/** Gives a project of its own some pictures. @returns their ids by name. */
export async function upload({ member }: People, pictures: readonly Picture[]): Promise<Album> {
  const { id } = await member.projects.post('/projects', { name: 'The Glass Tide' }, { status: 201, schema: project });
  const form = new FormData();
  for (const { name, bytes } of pictures) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  const { items } = await member.projects.upload(`/projects/${id}/images`, form, { status: 201, schema: uploaded });
  claimEqual(
    'the pictures of the project',
    items.map(({ name }) => name),
    pictures.map(({ name }) => name),
  );
  say(`  A member gives a project ${items.length} pictures: ${items.map(({ name }) => name).join(', ')}.`);
  return { projectId: id, imageIds: new Map(items.map(({ name, id: imageId }) => [name, imageId])) };
}

function ask(
  { member }: People,
  { picture, mode }: Wish,
  { projectId, imageIds }: Album,
  more: object = {},
): Promise<Mesh> {
  const wish = { projectId, imageId: imageIds.get(picture), mode, parameters: { detailFactor }, ...more };
  return member.mesh.post('/meshes', wish, { status: 202, schema: mesh });
}

const ended = ({ member }: People, id: string): Promise<Mesh> =>
  eventually(
    `the end of mesh ${id}`,
    async () => {
      const now = await member.mesh.get(`/meshes/${id}`, mesh);
      return ['completed', 'failed', 'cancelled'].includes(now.status) ? now : undefined;
    },
    madeWithinMs,
  );

function claimSound(made: Mesh, { picture, mode }: Wish): void {
  const what = `the ${mode} of ${picture}`;
  claim(made.status === 'completed', `${what} is completed`, made.error);
  claim((made.triangleCount ?? 0) > 0, `${what} has triangles`, made.triangleCount);
  claim((made.achievedError ?? 1) <= detailFactor, `${what} keeps its bound of ${detailFactor}`, made.achievedError);
  claimEqual(`whether ${what} is closed`, made.watertight, made.mode === 'sprite' ? null : true);
}

const rowOf = (made: Mesh): (string | number)[] => [
  made.mode,
  made.picture,
  made.vertexCount ?? 0,
  made.triangleCount ?? 0,
  `${((made.achievedError ?? 0) * 100).toFixed(2)} %`,
  made.watertight === null ? 'flat' : 'yes',
  made.artifacts.map(({ name, bytes }) => `${name} ${size(bytes)}`).join(', '),
  seconds(made.usage.durationMs ?? 0),
];

const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** Every file is what its mesh says, byte for byte. */
async function claimFetched({ member }: People, made: readonly Mesh[]): Promise<void> {
  const files = made.flatMap(({ artifacts }) => artifacts);
  for (const { name, url, sha256, bytes } of files) {
    const content = await member.mesh.bytes(url);
    claimEqual(`the size of ${name}`, content.length, bytes);
    claimEqual(`the SHA-256 of ${name}`, createHash('sha256').update(content).digest('hex'), sha256);
  }
  say(`  All ${files.length} files were fetched by their signed links and are what their hashes say.`);
}

async function claimTold(people: People, expected: number): Promise<void> {
  const told = await eventually('a notification of each mesh', async () => {
    const entries = await inboxOf(people);
    return entries.length >= expected ? entries : undefined;
  });
  claimEqual('the number of notifications', told.length, expected);
  const entry = told.find(({ title }) => title.includes('astronaut'));
  claim(entry, 'the member is told of the astronaut', told);
  say(`  Told to the member, once for each: "${entry.title}": ${entry.body}`);
}

async function claimReused(people: People, wish: Wish, album: Album): Promise<void> {
  const askedAtMs = performance.now();
  const { id } = await ask(people, wish, album);
  const again = await ended(people, id);
  const tookMs = performance.now() - askedAtMs;
  claimEqual('whether the same wish is answered from the store', [again.status, again.reused], ['completed', true]);
  say(`  The same picture and parameters again: from the store, ${seconds(tookMs)} after it was asked for.`);
}
