import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const seconds = z.coerce.number().int().min(0);
const interval = z.coerce.number().int().min(50).max(3_600_000);
const port = z.coerce.number().int().min(0).max(65_535);

/** Separated by commas; what is empty is left out. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

/** An address to which paths are added: without slashes at its end. */
export const baseUrl = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

/** What every service reads. Queue lists are comma separated; times are in the unit of their name. */
const baseConfig = z.object({
  PORT: port,
  /** `quarantine` is set by a worker for the process that it starts for suspect jobs. */
  RUN: z.enum(['api', 'worker', 'all', 'quarantine']).default('all'),
  /** Queues that this process works on; all when unset. */
  QUEUES: commaList.optional(),
  CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(25),
  DRAIN_SECONDS: seconds.default(25),
  /** What this program calls itself: workers show it, and charts mark where another one began. */
  VERSION: z.string().min(1).max(100).default('dev'),
  /** Intervals of the job runtime; its own defaults when unset. A lease has to hold several heartbeats and sweeps. */
  JOBS_LEASE_MS: interval.optional(),
  JOBS_HEARTBEAT_MS: interval.optional(),
  JOBS_SWEEP_MS: interval.optional(),
  JOBS_REDISPATCH_MS: interval.optional(),
  /** Between two looks for causes of dead letters that are to be announced. */
  DEAD_LETTER_WATCH_MS: interval.default(10_000),
  /** Ended jobs are kept for so long, failed ones longer; then they are only counted. */
  JOBS_KEEP_DAYS: z.coerce.number().positive().default(7),
  JOBS_KEEP_FAILED_DAYS: z.coerce.number().positive().default(30),
  /** Whose clocks count for schedules that name no zone. */
  TZ_SCHEDULES: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').default('UTC'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb://')
    .default('mongodb://127.0.0.1:27017'),
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must begin with amqp:// or amqps://')
    .default('amqp://127.0.0.1:5672'),
  NATS_URL: z
    .string()
    .regex(/^(nats|tls):\/\//, 'must begin with nats:// or tls://')
    .default('nats://127.0.0.1:4222'),
  /** Set apart everything that this cluster names: databases, broker objects, streams. For tests side by side. */
  NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'may hold a-z, 0-9 and -')
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  AUTH_ISSUER: z.string().default('millrace-local'),
  AUTH_AUDIENCE: z.string().default('millrace'),
  AUTH_LOCAL_KEY_FILE: z.string().optional(),
  /** A private JWK that signs tokens for calls between services; its public part is at AUTH_JWKS_URL. */
  SERVICE_KEY: z.string().refine(isPrivateKey, 'must be a private JWK with kty and d').optional(),
  /** Signs links that need no token. */
  URL_SIGNING_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  /** Requests that one `sub` may make in a minute. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(120_000),
  SSE_HEARTBEAT_SECONDS: z.coerce.number().min(0.05).default(15),
});

export type BaseConfig = z.output<typeof baseConfig>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Some variables are missing or wrong; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the base variables and a service's own. An empty variable counts as unset; `NAME_FILE` names a file that holds the value.
 * @throws ConfigError that lists every wrong variable at once.
 */
export function serviceConfig<Own extends z.ZodRawShape>(
  own: z.ZodObject<Own>,
  { port: defaultPort, env = process.env }: { port: number; env?: Environment },
): z.output<z.ZodObject<Own>> & BaseConfig {
  const base = baseConfig.extend({ PORT: port.default(defaultPort) });
  const schema = base.extend(own.shape);
  const { values, errors } = readVariables(Object.keys(schema.shape), env);
  const result = schema.safeParse(values);
  const wrong = [...errors, ...(result.success ? [] : result.error.issues.map(toLine(values)))];
  if (!result.success || wrong.length > 0) {
    throw new ConfigError(`the configuration is wrong; correct these environment variables:\n${wrong.join('\n')}`);
  }
  return result.data as z.output<z.ZodObject<Own>> & BaseConfig;
}

/** Where the local signing key lives unless AUTH_LOCAL_KEY_FILE says otherwise: `.millrace/auth/key.json` at the workspace's root. */
export function localKeyFile(env: Environment = process.env): string {
  return env['AUTH_LOCAL_KEY_FILE'] || join(workspaceRoot(import.meta.dirname), '.millrace', 'auth', 'key.json');
}

/** Where files lie unless a variable says otherwise: `.millrace/<name>` at the workspace's root. */
export const localFolderUrl = (name: string): string =>
  pathToFileURL(join(workspaceRoot(import.meta.dirname), '.millrace', name)).href;

/** ARTIFACTS_URL as services read it, a folder (`file:`) or a bucket (`s3:`); `.millrace/artifacts` unless it is set. */
export const artifactsUrl = () =>
  z
    .string()
    .regex(/^(file:\/|s3:\/\/)\S+/, 'must begin with file:/ or s3://')
    .default(localFolderUrl('artifacts'));

/** What telemetry needs before any other code is loaded. */
export function telemetryConfig(env: Environment = process.env): { endpoint: string | undefined; serviceName: string } {
  return {
    endpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined,
    serviceName: env['OTEL_SERVICE_NAME'] || serviceOf(process.argv[1] ?? '') || 'millrace',
  };
}

/** What this process was given, with some variables set anew, for a process of its own. */
export const childEnvironment = (changed: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...changed,
});

/** `campaign` of `…/services/campaign/src/main.ts`. */
const serviceOf = (script: string): string | undefined => /services\/([^/]+)\/src\/[^/]+$/.exec(script)?.[1];

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

function isPrivateKey(text: string): boolean {
  try {
    return z.object({ kty: z.string(), d: z.string() }).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function workspaceRoot(from: string): string {
  if (existsSync(join(from, 'pnpm-workspace.yaml'))) return from;
  const above = dirname(from);
  return above === from ? process.cwd() : workspaceRoot(above);
}

function readVariables(names: readonly string[], env: Environment) {
  const values: Record<string, string> = {};
  const errors: string[] = [];
  for (const name of names) {
    const file = env[`${name}_FILE`];
    try {
      const value = env[name] || (file && readFileSync(file, 'utf8').trimEnd());
      if (value) values[name] = value;
    } catch {
      errors.push(`  ${name}_FILE: cannot read ${file}`);
    }
  }
  return { values, errors };
}

/** Values are not repeated: they may be secrets. */
const toLine =
  (values: Readonly<Record<string, string>>) =>
  (issue: z.core.$ZodIssue): string => {
    const name = String(issue.path[0] ?? '');
    return values[name] === undefined ? `  ${name}: is missing` : `  ${name}: ${issue.message}`;
  };
