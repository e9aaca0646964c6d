import type { Edge } from './missing-edges.ts';

/**
 * How the spans of a trace hang together, from the request to the notification. To add a service, add an entry: what it hears,
 * and what it does about that. Without the loader hook (`--import @millrace/service/register`) the spans of HTTP and Express
 * are not made, and their edges are missing.
 */

/** What every seeding does, whichever request commanded it. */
const seeding: readonly Edge[] = [
  ['campaign: publish campaign.seed', 'campaign: queue campaign.seed'],
  ['campaign: publish campaign.seed', 'campaign: process campaign.seed'],
];

const seeded: readonly Edge[] = [
  ...seeding,
  ['campaign: process campaign.seed', 'campaign: insert schticks'],
  ['campaign: process campaign.seed', 'campaign: update campaigns'],
  ['campaign: publish campaign.seed', 'campaign: publish campaign.seeded'],
  ['campaign: publish campaign.seeded', 'notifications: process campaign.seeded'],
  ['notifications: process campaign.seeded', 'notifications: insert notifications'],
];

/** `POST /campaigns`: created, and seeded at the first attempt. */
export const createdAndSeeded: readonly Edge[] = [
  ['campaign: POST /campaigns', 'campaign: request handler'],
  ['campaign: request handler', 'campaign: insert campaigns'],
  ['campaign: request handler', 'campaign: publish campaign.seed'],
  ...seeded,
];

/** `POST /meshes`: handed to the engine, carried on by its callbacks, ended and told. */
export const meshMade: readonly Edge[] = [
  ['mesh-orchestrator: POST /meshes', 'mesh-orchestrator: request handler'],
  ['mesh-orchestrator: request handler', 'mesh-orchestrator: insert meshes'],
  ['mesh-orchestrator: request handler', 'mesh-orchestrator: publish mesh.generate'],
  ['mesh-orchestrator: publish mesh.generate', 'mesh-orchestrator: queue mesh.generate'],
  ['mesh-orchestrator: publish mesh.generate', 'mesh-orchestrator: process mesh.generate'],
  ['mesh-orchestrator: process mesh.generate', 'mesh-orchestrator: mesh.v1.MeshEngineService/Generate'],
  ['mesh-orchestrator: mesh.v1.MeshEngineService/Generate', 'mesh-engine: mesh.v1.MeshEngineService/Generate'],
  ['mesh-engine: mesh.v1.MeshEngineService/Generate', 'mesh-engine: mesh job'],
  ['mesh-engine: mesh job', 'mesh-engine: mesh fetch'],
  ['mesh-engine: mesh job', 'mesh-engine: mesh decode'],
  ['mesh-engine: mesh job', 'mesh-engine: mesh triangulate'],
  ['mesh-engine: mesh job', 'mesh-engine: mesh files'],
  ['mesh-engine: mesh job', 'mesh-engine: mesh store'],
  ['mesh-engine: mesh callback', 'mesh-orchestrator: POST /callbacks/mesh/:jobId'],
  ['mesh-orchestrator: request handler', 'mesh-orchestrator: publish mesh.progress'],
  ['mesh-orchestrator: publish mesh.progress', 'mesh-orchestrator: process mesh.progress'],
  ['mesh-orchestrator: publish mesh.progress', 'mesh-orchestrator: publish mesh.finish'],
  ['mesh-orchestrator: publish mesh.finish', 'mesh-orchestrator: process mesh.finish'],
  ['mesh-orchestrator: publish mesh.finish', 'mesh-orchestrator: publish mesh.completed'],
  ['mesh-orchestrator: publish mesh.completed', 'notifications: process mesh.completed'],
  ['notifications: process mesh.completed', 'notifications: insert notifications'],
];

/** `POST /campaigns/:id/seed`: the first attempt fails, the bell waits in the delay ladder, a later attempt seeds it. */
export const seededAfterRetry: readonly Edge[] = [
  ['campaign: POST /campaigns/:id/seed', 'campaign: request handler'],
  ['campaign: request handler', 'campaign: publish campaign.seed'],
  ...seeded,
  ['campaign: publish campaign.seed', 'campaign: wait campaign.seed'],
];

/** `POST /campaigns` that fails for good: told, and cleaned up by a job of its own. */
export const failedForGood: readonly Edge[] = [
  ['campaign: POST /campaigns', 'campaign: request handler'],
  ['campaign: request handler', 'campaign: publish campaign.seed'],
  ...seeding,
  ['campaign: publish campaign.seed', 'campaign: publish campaign.seeding-failed'],
  ['campaign: publish campaign.seeding-failed', 'notifications: process campaign.seeding-failed'],
  ['notifications: process campaign.seeding-failed', 'notifications: insert notifications'],
  ['campaign: publish campaign.seed', 'campaign: publish campaign.abandon-seeding'],
  ['campaign: publish campaign.abandon-seeding', 'campaign: process campaign.abandon-seeding'],
];
