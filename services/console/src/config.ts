import { type BaseConfig, baseUrl, ConfigError, serviceConfig } from '@millrace/service';
import { z } from 'zod';
import { roles } from './domain/role-mapping.ts';

/** Tokens must not travel in the clear, except on this very machine. */
const issuer = z.url().refine(isSafeIssuer, 'must begin with https://, or with http:// and be this machine');

const roleWords = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON, such as {"admin":["platform-admins"]}' });
      return z.NEVER;
    }
  })
  .pipe(z.partialRecord(z.enum(roles), z.array(z.string().min(1))));

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** Where the services answer. */
  CAMPAIGN_URL: baseUrl.default('http://127.0.0.1:4101'),
  MUSIC_URL: baseUrl.default('http://127.0.0.1:4102'),
  PROJECTS_URL: baseUrl.default('http://127.0.0.1:4103'),
  MESH_URL: baseUrl.default('http://127.0.0.1:4104'),
  NOTIFICATIONS_URL: baseUrl.default('http://127.0.0.1:4105'),
  /** Jaeger's query API. Without it there are no traces to look at. */
  JAEGER_QUERY_URL: baseUrl.optional(),
  /** Jaeger's web pages, where there are any; traces link to them. */
  JAEGER_UI_URL: baseUrl.optional(),
  /** Where people reach the console; with `https:` the session cookie travels encrypted only. Default: this machine, at PORT. */
  PUBLIC_URL: baseUrl.optional(),
  /** The OpenID Connect provider by which people sign in. Without it they sign in with a token. */
  OIDC_ISSUER: issuer.optional(),
  OIDC_CLIENT_ID: z.string().default('millrace-console'),
  /** Without one the console is a public client, which PKCE protects. */
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** `offline_access`, where the provider knows it, makes sessions last longer than an ID token. */
  OIDC_SCOPES: z
    .string()
    .regex(/^openid( \S+)*$/, 'must begin with openid; scopes are separated by one space')
    .default('openid profile email'),
  /** The claim that tells roles: its name, or its path with dots. */
  OIDC_ROLE_CLAIM: z.string().min(1).default('role'),
  /** What the claim holds for each role, as JSON: `{"admin":["platform-admins"],"operator":["on-call"]}`. */
  OIDC_ROLES: roleWords.prefault('{}'),
  /** The role of those who can sign in and hold none of these. Default: they are refused. */
  OIDC_ROLE_OTHERWISE: z.enum(roles).optional(),
  /** What the button of the door says: Sign in with … */
  OIDC_NAME: z.string().max(60).default('single sign-on'),
  /** A session ends after so long, however often it was renewed. */
  SESSION_HOURS: z.coerce.number().positive().max(720).default(12),
  /** A built web app. Default: it is built from `web/` when that has changed, which needs the development packages. */
  WEB_ROOT: z.string().optional(),
});

export type Config = z.output<typeof own> & BaseConfig;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  const config = serviceConfig(own, { port: 4100, ...(env && { env }) });
  const missing = config.OIDC_ISSUER ? lackingForProvider(config) : [];
  if (missing.length > 0) throw new ConfigError(`OIDC_ISSUER is set, so these are needed:\n${missing.join('\n')}`);
  return config;
}

const lackingForProvider = ({ PUBLIC_URL, AUTH_JWKS_URL, SERVICE_KEY }: Config): readonly string[] => [
  ...(PUBLIC_URL ? [] : ['  PUBLIC_URL: is missing; the provider sends people back there']),
  ...(AUTH_JWKS_URL && !SERVICE_KEY ? ['  SERVICE_KEY: is missing; it signs what the services are asked with'] : []),
];

function isSafeIssuer(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
}
