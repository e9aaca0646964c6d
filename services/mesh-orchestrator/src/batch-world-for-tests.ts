import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GenerateRequest, type Job, State } from '@millrace/mesh-rpc';
import { mintLocalToken } from '@millrace/service';
import { afterFile, components, startService, until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';
import { png } from '../../projects/src/pictures-for-tests.ts';
import type { Course } from './engine-for-tests.ts';
import type { BatchResource } from './http/batch-resource.ts';
import { type Ask, worldForTests } from './service-for-tests.ts';

/** The projects service as a process of its own, and what a person needs of it. */
export async function projectsForTests() {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-batches-'));
  const keyFile = join(folder, 'key.json');
  const namespace = `batch-${randomUUID().slice(0, 8)}`;
  // Made before both services look for it.
  await mintLocalToken({ role: 'member', keyFile });
  const client = new MongoClient(mongodbUri);
  afterFile(async () => {
    await client.db(`${namespace}-projects`).dropDatabase();
    await client.close();
    await rm(folder, { recursive: true });
  });
  const service = await startService('projects', {
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    AUTH_LOCAL_KEY_FILE: keyFile,
    ARTIFACTS_URL: pathToFileURL(join(folder, 'artifacts')).href,
  });
  const ask = async <Body>(sub: string, method: string, path: string, body?: object): Promise<Body> => {
    const isForm = body instanceof FormData;
    const token = await mintLocalToken({ role: 'member', sub, keyFile });
    const answer = await fetch(service.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && !isForm && { 'content-type': 'application/json' }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    return (await answer.json()) as Body;
  };
  return {
    url: service.url,
    keyFile,
    /** A project of this person with so many different pictures, named `0.png`, `1.png` and so on. */
    async project(sub: string, pictures: number) {
      const { id } = await ask<{ id: string }>(sub, 'POST', '/projects', { name: 'Lantern' });
      const form = new FormData();
      for (let size = 1; size <= pictures; size++)
        form.append('file', new Blob([new Uint8Array(png(size, 1))]), `${size - 1}.png`);
      const { items } = await ask<{ items: { id: string }[] }>(sub, 'POST', `/projects/${id}/images`, form);
      return { projectId: id, imageIds: items.map((image) => image.id) };
    },
    /** Has these people, and no others but its owner, be of the project, as its setup would. */
    async letIn(projectId: string, subs: readonly string[]): Promise<void> {
      const members = subs.map((sub) => ({ sub, role: 'editor' }));
      const projects = client.db(`${namespace}-projects`).collection<{ _id: string }>('projects');
      await projects.updateOne({ _id: projectId }, { $set: { members } });
    },
    /** By whom each of the project's pictures is kept. */
    async heldBy(sub: string, projectId: string): Promise<string[]> {
      type Images = { items: { heldBy: string[] }[] };
      return (await ask<Images>(sub, 'GET', `/projects/${projectId}/images`)).items.flatMap(({ heldBy }) => heldBy);
    },
  };
}

/** The orchestrator beside a projects service and an engine whose courses are set by picture. */
export async function batchWorld(env: Record<string, string> = {}) {
  const projects = await projectsForTests();
  const world = await worldForTests({ PROJECTS_URL: projects.url, AUTH_LOCAL_KEY_FILE: projects.keyFile, ...env });
  const courses = new Map<string, Course>();
  world.engine.behaviour.courseOf = (request) => courses.get(imageOf(request)) ?? {};
  return {
    ...world,
    projects,
    courses,
    /** The batch as soon as it has ended, and its jobs with it. */
    async batchEnded(ask: Ask, id: unknown): Promise<BatchResource> {
      const path = `/batches/${String(id)}`;
      const jobs = world.database.collection('jobs');
      return until(
        async () => {
          const { body } = await ask<BatchResource>('GET', path);
          const isAtWork = body.finishedAt === null || (await jobs.findOne({ 'payload.batchId': id, endedAt: null }));
          return !isAtWork && body;
        },
        { withinMs: 30_000, message: `batch ${String(id)} has ended` },
      );
    },
    /** What was told of a batch, in the order of its types: by its jobs and by itself. */
    async toldOfBatch(batchId: unknown): Promise<string[]> {
      const jobs = await world.database.collection('jobs').find({ 'payload.batchId': batchId }).toArray();
      const batch = await world.database.collection('batches').findOne({ _id: batchId } as never);
      const events = [...jobs.map((job) => job['events']), batch?.['outbox']].flatMap(
        (told) => (told ?? []) as { type: string }[],
      );
      return events.map(({ type }) => type).sort();
    },
  };
}

/** The picture that the engine is given. */
const imageOf = ({ source }: GenerateRequest): string =>
  /images\/([0-9a-f-]{36})\//.exec(source?.$case === 'imageUrl' ? source.value : '')?.[1] ?? '';

/** The engine says that the picture is none. */
export const fails: Course = {
  stages: [
    {
      state: State.FAILED,
      stage: 'decode',
      failure: { code: 'INVALID_IMAGE', message: 'the picture cannot be read', permanent: true, retryAfterMs: 0 },
    } satisfies Partial<Job>,
  ],
};

/** The engine works on it and does not end. */
export const hangs: Course = { stages: [{ state: State.PROCESSING, stage: 'triangulate', progress: 60 }] };
