import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser, type Visit, visitConsole } from '@millrace/browser';
import { localToken, type Role, startCluster } from '@millrace/stack';
import { afterFile } from '@millrace/testkit';

type Body = Readonly<Record<string, never>>;

/** A whole cluster with its console, and people who look at it. */
export type BrowsedCluster = {
  /** Of the console. */
  readonly url: string;
  readonly jaegerUrl: string;
  token(role: Role): Promise<string>;
  /** Somebody with a role, signed in; goes with the test file. */
  visit(role: Role): Promise<Visit>;
  /** Asks through the console as an admin; JSON, or a form. @throws with the answer when it is not ok. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Body>;
};

/** Starts every service, the engine and a browser; ended after the test file. */
export async function startBrowsedCluster(): Promise<BrowsedCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-console-'));
  process.env['NAMESPACE'] = `console-${randomUUID().slice(0, 8)}`;
  afterFile(() => rm(directory, { recursive: true, force: true }));
  const cluster = await startCluster({
    directory,
    logDirectory: join(directory, 'logs'),
    freePorts: true,
    report: () => undefined,
  });
  afterFile(() => cluster.stop());
  const browser = await openBrowser();
  afterFile(() => browser.close());
  const { env } = cluster.state();
  const url = env['CONSOLE_URL'] as string;
  const token = (role: Role) => localToken(role, `console-${role}`);
  return {
    url,
    jaegerUrl: env['JAEGER_QUERY_URL'] as string,
    token,
    visit: async (role) => visitConsole(browser, { url, token: await token(role) }),
    async ask(method, path, body) {
      const isForm = body instanceof FormData;
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await token('admin')}`,
          ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
          ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`);
      return (text === '' ? {} : JSON.parse(text)) as Body;
    },
  };
}
