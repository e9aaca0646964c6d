import { serviceConfig } from '@millrace/service';
import { z } from 'zod';

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Where the services answer. */
  CAMPAIGN_URL: url.default('http://127.0.0.1:4101'),
  MUSIC_URL: url.default('http://127.0.0.1:4102'),
  PROJECTS_URL: url.default('http://127.0.0.1:4103'),
  MESH_URL: url.default('http://127.0.0.1:4104'),
  NOTIFICATIONS_URL: url.default('http://127.0.0.1:4105'),
  /** Jaeger's query API. Without it there are no traces to look at. */
  JAEGER_QUERY_URL: url.optional(),
  /** Jaeger's web pages, where there are any; traces link to them. */
  JAEGER_UI_URL: url.optional(),
  /** Where people reach the console; with `https:` the session cookie travels encrypted only. Default: this machine, at PORT. */
  PUBLIC_URL: url.optional(),
  /** A built web app. Default: it is built from `web/` when that has changed, which needs the development packages. */
  WEB_ROOT: z.string().optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4100, ...(env && { env }) });
