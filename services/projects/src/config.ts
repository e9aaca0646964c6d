import { cidrList } from '@millrace/outside';
import { artifactsUrl, baseUrl, localFolderUrl, serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Where pictures are kept; shared with the mesh services. */
  ARTIFACTS_URL: artifactsUrl(),
  /** Where the git repositories of projects are kept, a folder that all replicas share. */
  REPOSITORIES_URL: z
    .string()
    .regex(/^file:\/\/\//, 'must begin with file:///')
    .default(localFolderUrl('repositories')),
  /** So many projects may one person have. */
  QUOTA_PROJECTS: z.coerce.number().int().min(1).default(1_000),
  /** Private ranges, as CIDRs, to which a project's webhook may be sent all the same. */
  WEBHOOK_ALLOW: cidrList,
  /** Where the services answer that a setup works with. */
  CAMPAIGN_URL: baseUrl.default('http://127.0.0.1:4101'),
  MUSIC_URL: baseUrl.default('http://127.0.0.1:4102'),
  MESH_URL: baseUrl.default('http://127.0.0.1:4104'),
  NOTIFICATIONS_URL: baseUrl.default('http://127.0.0.1:4105'),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4103, ...(env && { env }) });
