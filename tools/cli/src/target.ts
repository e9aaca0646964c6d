import { localToken, type Role, runningCluster, serviceTable } from '@millrace/stack';
import { cliConfig } from './config.ts';
import { Failure } from './failure.ts';

/** A service to speak to, and as whom. */
export type Target = { readonly service: string; readonly url: string; readonly token: string };

export type TargetWish = { service?: string | undefined; url?: string | undefined; role?: Role | undefined };

/**
 * The service that a call is for: `--url`, else `--service` at its variable (`CAMPAIGN_URL`), in the running cluster, or at its usual port.
 * The token is MILLRACE_TOKEN(_FILE); services on this machine are spoken to with a token of the local key (default role: operator).
 * @throws Failure 2 when no service is named or none has that name.
 */
export async function targetOf(wish: TargetWish): Promise<Target> {
  const url = wish.url ?? (wish.service ? undefined : cliConfig.url());
  if (url)
    return {
      service: wish.service ?? new URL(url).host,
      url: url.replace(/\/+$/, ''),
      token: await tokenFor(url, wish),
    };
  const name = wish.service ?? cliConfig.service();
  if (!name) throw new Failure(`which service? give --service ${names('|')}, --url, or set MILLRACE_SERVICE`);
  return named(name, wish);
}

/** Every service of the table, or the one that was asked for. */
export async function targetsOf(wish: TargetWish): Promise<Target[]> {
  if (wish.url ?? wish.service ?? cliConfig.url() ?? cliConfig.service()) return [await targetOf(wish)];
  return Promise.all(serviceTable.map(({ name }) => named(name, wish)));
}

async function named(name: string, wish: TargetWish): Promise<Target> {
  const row = serviceTable.find((one) => one.name === name);
  if (!row) throw new Failure(`service ${JSON.stringify(name)} is unknown; known are ${names(', ')}`);
  const cluster = await runningCluster();
  const url = cliConfig.urlOf(row.urlVariable) ?? cluster?.env[row.urlVariable] ?? `http://127.0.0.1:${row.port}`;
  return { service: name, url, token: await tokenFor(url, wish) };
}

async function tokenFor(url: string, { role = 'operator' }: TargetWish): Promise<string> {
  const given = cliConfig.token();
  if (given) return given;
  const { hostname } = new URL(url);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    throw new Failure(`no token for ${hostname}; set MILLRACE_TOKEN or MILLRACE_TOKEN_FILE`);
  return localToken(role, 'millrace-cli');
}

const names = (separator: string) => serviceTable.map(({ name }) => name).join(separator);
