import { madeLogo } from '@millrace/demo/made-logo';
import { until } from '@millrace/testkit';

/** Where the services answer, by name. */
export type Doors = Readonly<Record<'campaign' | 'music' | 'projects' | 'mesh-orchestrator' | 'notifications', string>>;

/** Ids of things that are there, by service and by the path before the id, in which other ids are stars. */
export type Belongings = Readonly<Record<keyof Doors, Readonly<Record<string, string>>>>;

type Thing = Readonly<Record<string, unknown>> & { readonly id: string };

type Ask = (service: keyof Doors, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;

/**
 * One thing of every kind, made by a member through the doors of the services: a campaign with its cast, an album and a batch of albums, a project with a
 * picture and a setup, a mesh, a batch and a webhook, a notification, and the jobs behind them.
 */
export async function belongingsOf(doors: Doors, token: string, releaseGroupId: string): Promise<Belongings> {
  const ask = asker(doors, token);
  const [campaign, music, projects] = await Promise.all([aCampaign(ask), anAlbum(ask, releaseGroupId), aProject(ask)]);
  const { '/projects/': projectId = '', '/projects/*/images/': imageId = '' } = projects;
  const meshes = await aMesh(ask, { projectId, imageId });
  return { campaign, music, projects, 'mesh-orchestrator': meshes, notifications: await aNotification(ask) };
}

const kinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'];

async function aCampaign(ask: Ask): Promise<Record<string, string>> {
  const { campaign, job } = (await ask('campaign', '/campaigns', { name: 'Of a member' })) as Record<string, Thing>;
  const id = idOf(campaign);
  await ask('campaign', `/jobs/${idOf(job)}?wait=30`);
  const entities = await Promise.all(
    kinds.map(async (kind) => [`/campaigns/*/${kind}/`, await firstOf(ask, 'campaign', `/campaigns/${id}/${kind}`)]),
  );
  await ask('campaign', `/campaigns/${id}/members`, { sub: 'guest', role: 'viewer' });
  return { '/campaigns/': id, '/campaigns/*/members/': 'guest', '/jobs/': idOf(job), ...Object.fromEntries(entities) };
}

async function anAlbum(ask: Ask, musicbrainzReleaseGroupId: string): Promise<Record<string, string>> {
  const wish = { title: 'Single Pressing', musicbrainzReleaseGroupId };
  const { album, job } = (await ask('music', '/albums', wish)) as Record<string, Thing>;
  await ask('music', `/jobs/${idOf(job)}?wait=30`);
  const releaseId = await firstOf(ask, 'music', `/albums/${idOf(album)}/releases`);
  const batch = await ask('music', '/batches', { musicbrainzReleaseGroupIds: [musicbrainzReleaseGroupId] });
  return {
    '/albums/': idOf(album),
    '/jobs/': idOf(job),
    '/albums/*/imports/': idOf(job),
    '/albums/*/releases/': releaseId,
    '/batches/': idOf(batch),
  };
}

async function aProject(ask: Ask): Promise<Record<string, string>> {
  const id = idOf(await ask('projects', '/projects', { name: `Of a member ${Date.now()}` }));
  const form = new FormData();
  form.append('files', new Blob([new Uint8Array(madeLogo(24))]), 'logo.png');
  const { items } = (await ask('projects', `/projects/${id}/images`, form)) as { items: readonly Thing[] };
  await ask('projects', `/projects/${id}/setup`, {});
  return {
    '/projects/': id,
    '/projects/*/images/': idOf(items[0]),
    '/projects/*/references/': 'batch:one',
    '/jobs/': await firstOf(ask, 'projects', '/jobs'),
  };
}

async function aMesh(ask: Ask, picture: { projectId: string; imageId: string }): Promise<Record<string, string>> {
  const mesh = await ask('mesh-orchestrator', '/meshes', { ...picture, mode: 'sprite' });
  const { projectId, imageId } = picture;
  const batch = await ask('mesh-orchestrator', '/batches', { projectId, imageIds: [imageId], mode: 'sprite' });
  const webhook = await ask('mesh-orchestrator', '/webhooks', { url: 'https://example.org/hook' });
  return {
    '/meshes/': idOf(mesh),
    '/batches/': idOf(batch),
    '/webhooks/': idOf(webhook),
    '/callbacks/mesh/': idOf(mesh),
    '/jobs/': await firstOf(ask, 'mesh-orchestrator', '/jobs'),
  };
}

async function aNotification(ask: Ask): Promise<Record<string, string>> {
  return { '/notifications/': await firstOf(ask, 'notifications', '/notifications?state=all'), '/channels/': 'email' };
}

/** The id of what a list begins with, as soon as there is anything in it. */
async function firstOf(ask: Ask, service: keyof Doors, path: string): Promise<string> {
  const first = async () => ((await ask(service, path)) as { items: readonly Thing[] }).items[0]?.id;
  return until(first, { withinMs: 30_000, message: `${service} has something at ${path}` });
}

const idOf = (thing: unknown): string => String((thing as Thing).id);

const asker =
  (doors: Doors, token: string): Ask =>
  async (service, path, body) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${doors[service]}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${service} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  };
