import { cidrList } from '@millrace/outside';
import { artifactsUrl, baseUrl, serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** The engine's gRPC address. */
  MESH_ENGINE_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .default('127.0.0.1:4150'),
  /** Where the engine reaches this service. Default: this machine, at PORT. */
  CALLBACK_BASE_URL: baseUrl.optional(),
  /** What callbacks are signed with, the same as the engine's. Without it nobody is called back, and the engine is asked instead. */
  CALLBACK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  /** Where the engine leaves what it has made: a directory (`file:`) or a bucket (`s3:`). */
  ARTIFACTS_URL: artifactsUrl(),
  /** How long a link to an artifact is good for. */
  LINK_SECONDS: z.coerce.number().int().min(1).max(604_800).default(3_600),
  /** Where the outside reaches this service; links are paths when it is not set. */
  PUBLIC_URL: baseUrl.optional(),
  /** Where the projects service answers; its origin is not for pictures that users name. */
  PROJECTS_URL: baseUrl.default('http://127.0.0.1:4103'),
  /** Private ranges, as CIDRs, from which pictures may be fetched all the same. */
  IMAGE_FETCH_ALLOW: cidrList,
  /** Private ranges, as CIDRs, to which webhooks may be sent all the same. */
  WEBHOOK_ALLOW: cidrList,
  /** A receiver of webhooks has so long to answer. */
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(50).max(60_000).default(15_000),
  /** Before the second attempt to deliver a webhook; five times longer before each later one. */
  WEBHOOK_RETRY_MS: z.coerce.number().int().min(10).default(5_000),
  /** A webhook that has failed for so many days is disabled. */
  WEBHOOK_GIVE_UP_DAYS: z.coerce.number().min(0).default(3),
  /** So many meshes of one person may wait or be made at once. */
  QUOTA_OPEN_MESHES: z.coerce.number().int().min(1).default(1_000),
  /** So many meshes may one person ask for in a day, in UTC. */
  QUOTA_MESHES_PER_DAY: z.coerce.number().int().min(1).default(10_000),
  /** So many meshes of one project's pictures may wait or be made at once, whoever asked for them. */
  QUOTA_PROJECT_OPEN_MESHES: z.coerce.number().int().min(1).default(2_000),
  /** So many meshes of one project's pictures may be asked for in a day, in UTC. */
  QUOTA_PROJECT_MESHES_PER_DAY: z.coerce.number().int().min(1).default(20_000),
  /** So many pictures of a batch are made into meshes at once. */
  BATCH_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(5),
  /** The engine has so long for one mesh. */
  MESH_DEADLINE_SECONDS: z.coerce.number().min(1).max(600).default(300),
  /** Between two looks at a mesh that the engine works on. */
  MESH_WATCH_MS: z.coerce.number().int().min(50).default(2_000),
  /** When the engine has said nothing for so long, it is asked. */
  MESH_SILENCE_MS: z.coerce.number().int().min(50).default(4_000),
  /** Before the second attempt at a mesh that the engine has failed at; three times longer before the third. */
  MESH_FAULT_RETRY_MS: z.coerce.number().int().min(10).default(2_000),
  /** Between two attempts at a mesh whose engine has not answered in time. */
  MESH_TIMEOUT_RETRY_MS: z.coerce.number().int().min(10).default(30_000),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4104, ...(env && { env }) });
