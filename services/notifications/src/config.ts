import { serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Who is told how the cluster fares, by `sub`, separated by commas. Default: the ones that `make token` names. */
  ALERT_RECIPIENTS: z
    .string()
    .default('admin,operator')
    .transform((list) =>
      list
        .split(',')
        .map((sub) => sub.trim())
        .filter(Boolean),
    ),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4105, ...(env && { env }) });
