import { v5 } from 'uuid';

/** Namespaces of derived ids: what an id is derived from never collides with another kind of derivation. */
const namespaces = {
  generateJob: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a01',
  progressJob: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a02',
  batchJob: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a03',
  batchMesh: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a04',
  delivery: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a05',
  taskWebhook: '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a06',
} as const;

/** The job that generates a mesh for the n-th time that somebody asked for it, from 1. */
export const generateJobOf = (meshId: string, generation: number): string =>
  v5(`${meshId}.${generation}`, namespaces.generateJob);

/** The job that takes down one report of the engine, however often that comes. */
export const progressJobOf = (engineJobId: string, { fence, seq }: { fence: number; seq: number }): string =>
  v5(`${engineJobId}.${fence}.${seq}`, namespaces.progressJob);

/** The job that makes a batch for the n-th time, from 1. */
export const batchJobOf = (batchId: string, round: number): string => v5(`${batchId}.${round}`, namespaces.batchJob);

/** The mesh of a picture in a batch. */
export const batchMeshOf = (batchId: string, imageId: string): string =>
  v5(`${batchId}.${imageId}`, namespaces.batchMesh);

/** The delivery of an event to a webhook, and the job that makes it. */
export const deliveryOf = (webhookId: string, eventId: string): string =>
  v5(`${webhookId}.${eventId}`, namespaces.delivery);

/** The webhook that came with the command of a mesh or batch. */
export const taskWebhookOf = (commandId: string): string => v5(commandId, namespaces.taskWebhook);

/** A mesh's job at the engine: a new one for each time that it has to start from nothing. */
export const engineJobOf = ({ meshId, run }: { meshId: string; run: number }): string => `${meshId}.${run}`;

const engineJob = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})$/;

/** What {@link engineJobOf} was made of; undefined for what is none of ours. */
export function readEngineJob(id: string): { meshId: string; run: number } | undefined {
  const [, meshId, run] = engineJob.exec(id) ?? [];
  return meshId && run ? { meshId, run: Number(run) } : undefined;
}
