import { localArtifactsUrl, serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Where pictures are kept; shared with the mesh services. */
  ARTIFACTS_URL: z
    .string()
    .regex(/^file:\/\/\//, 'must begin with file:///')
    .default(localArtifactsUrl()),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4103, ...(env && { env }) });
