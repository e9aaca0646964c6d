import type { Client } from './client.ts';
import { formOf, pictures } from './picture.ts';
import type { Command, Kind } from './plan.ts';

/** What a person has got in hand before the trouble begins. */
export type Furnishing = { readonly projectId: string; readonly imageIds: readonly string[] };

/** What was answered to a command: the id of what it has made. */
export type Sent = Command & { readonly id: string; readonly imageIds?: readonly string[] };

export type Desk = {
  readonly client: Client;
  furnishingOf(person: string): Furnishing;
  releaseGroupOf(album: number): { readonly title: string; readonly releaseGroupId: string };
};

const senders: Readonly<Record<Kind, (desk: Desk, command: Command) => Promise<Sent>>> = {
  campaign: sendCampaign,
  album: sendAlbum,
  project: sendProject,
  mesh: sendMesh,
  batch: sendBatch,
};

/** Sends a command until it is answered, and once more when it is to be doubled. @throws when both answers do not name the same. */
export async function sendCommand(desk: Desk, command: Command): Promise<Sent> {
  const sent = await senders[command.kind](desk, command);
  if (!command.isDoubled) return sent;
  const again = await senders[command.kind](desk, command);
  if (again.id !== sent.id)
    throw new Error(`the ${command.kind} ${command.name} is ${sent.id}, and sent again ${again.id}`);
  return sent;
}

/** A project with pictures for each person's meshes. */
export async function furnish(client: Client, person: string): Promise<Furnishing> {
  const { id } = await client.command({
    service: 'projects',
    person,
    path: '/projects',
    key: `furnish ${person}`,
    body: { name: `Pictures of ${person}` },
  });
  return { projectId: String(id), imageIds: await upload(client, { person, projectId: String(id) }, pictures) };
}

async function sendCampaign({ client }: Desk, command: Command): Promise<Sent> {
  const { person, name } = command;
  const answer = await client.command({ service: 'campaign', person, path: '/campaigns', key: name, body: { name } });
  return { ...command, id: idOf(answer['campaign']) };
}

async function sendAlbum({ client, releaseGroupOf }: Desk, command: Command): Promise<Sent> {
  const { title, releaseGroupId } = releaseGroupOf(command.album);
  const body = { title, artists: ['The Simulators'], musicbrainzReleaseGroupId: releaseGroupId };
  const answer = await client.command({
    service: 'music',
    person: command.person,
    path: '/albums',
    key: command.name,
    body,
  });
  return { ...command, id: idOf(answer['album']) };
}

async function sendProject({ client }: Desk, command: Command): Promise<Sent> {
  const { person, name, template } = command;
  const project = await client.command({
    service: 'projects',
    person,
    path: '/projects',
    key: name,
    body: { name, template },
  });
  const path = `/projects/${project.id}/setup`;
  await client.command({ service: 'projects', person, path, key: `${name} setup` });
  return { ...command, id: idOf(project) };
}

async function sendMesh({ client, furnishingOf }: Desk, command: Command): Promise<Sent> {
  const { person, name, picture, detailFactor } = command;
  const { projectId, imageIds } = furnishingOf(person);
  const body = {
    projectId,
    imageId: imageIds[picture],
    mode: 'sprite',
    parameters: { detailFactor },
    metadata: { name },
  };
  const mesh = await client.command({ service: 'mesh-orchestrator', person, path: '/meshes', key: name, body });
  return { ...command, id: idOf(mesh) };
}

/** Each batch has a project of its own: a project is at one at a time. */
async function sendBatch({ client }: Desk, command: Command): Promise<Sent> {
  const { person, name, detailFactor } = command;
  const project = await client.command({ service: 'projects', person, path: '/projects', key: name, body: { name } });
  const imageIds = await upload(client, { person, projectId: idOf(project) }, pictures.slice(0, 3));
  const body = { projectId: idOf(project), imageIds, mode: 'sprite', parameters: { detailFactor } };
  const batch = await client.command({ service: 'mesh-orchestrator', person, path: '/batches', key: name, body });
  return { ...command, id: idOf(batch), imageIds };
}

async function upload(
  client: Client,
  { person, projectId }: { person: string; projectId: string },
  chosen: typeof pictures,
): Promise<string[]> {
  const path = `/projects/${projectId}/images`;
  const answer = await client.command({
    service: 'projects',
    person,
    path,
    key: 'pictures',
    files: () => formOf(chosen),
  });
  return (answer['items'] as unknown[]).map(idOf);
}

const idOf = (resource: unknown): string => String((resource as { id: string }).id);
