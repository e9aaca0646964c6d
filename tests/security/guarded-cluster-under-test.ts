import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startMusicBrainz } from '@millrace/simulators';
import { freePort, localToken } from '@millrace/stack';
import { afterFile, components, startService } from '@millrace/testkit';
import { MongoClient } from 'mongodb';
import type { OpenApiDocument } from '../journeys/openapi-document.ts';
import type { ServiceName } from './access-table.ts';
import { belongingsOf } from './belongings.ts';
import { strangers } from './callers.ts';
import type { Knock } from './knocks.ts';

const ports: Readonly<Record<ServiceName, string>> = {
  campaign: 'CAMPAIGN_URL',
  music: 'MUSIC_URL',
  projects: 'PROJECTS_URL',
  'mesh-orchestrator': 'MESH_URL',
  notifications: 'NOTIFICATIONS_URL',
  console: 'CONSOLE_URL',
};
const names = Object.keys(ports) as ServiceName[];

export type GuardedCluster = Awaited<ReturnType<typeof startGuardedCluster>>;

/** All services as processes of their own, a member who owns one of everything, and people of every role. No engine: nobody asks for what it makes. */
export async function startGuardedCluster() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-doors-'));
  afterFile(() => rm(folder, { recursive: true, force: true }));
  const provider = await startMusicBrainz();
  afterFile(() => provider.stop());
  const namespace = `doors-${randomUUID().slice(0, 8)}`;
  afterFile(() => dropDatabases(namespace));
  const chosen = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, `http://127.0.0.1:${await freePort()}`] as const)),
  ) as Record<ServiceName, string>;
  const env = {
    NAMESPACE: namespace,
    TEMPLATE_PROFILE: 'tiny',
    POOL_TARGET: '0',
    LOG_LEVEL: 'info',
    ARTIFACTS_URL: pathToFileURL(join(folder, 'artifacts')).href,
    REPOSITORIES_URL: pathToFileURL(join(folder, 'repositories')).href,
    CALLBACK_SECRET: randomUUID(),
    MUSICBRAINZ_URL: `${provider.url}/ws/2`,
    MUSICBRAINZ_INTERVAL_MS: '5',
    // The pages are not what is asked for; a folder without them saves building them.
    WEB_ROOT: folder,
    ...Object.fromEntries(names.map((name) => [ports[name], chosen[name]])),
  };
  await Promise.all(names.map((name) => startService(name, { ...env, PORT: new URL(chosen[name]).port })));
  const owner = { sub: `owner-${randomUUID()}`, token: '' };
  owner.token = await localToken('member', owner.sub);
  const belongings = await belongingsOf(
    chosen,
    owner.token,
    provider.catalogue.album('Single Pressing').releaseGroupId,
  );
  const tokens = await tokensOf(owner.token);
  const theirs = Object.values(belongings).flatMap((things) =>
    Object.values(things).filter((id) => /^[0-9a-f-]{36}$/.test(id)),
  );
  const documents = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await documentOf(chosen[name])] as const)),
  ) as Record<ServiceName, OpenApiDocument>;
  return {
    urls: chosen,
    owner,
    operatorToken: tokens.operator,
    belongings,
    documents,
    strangers: await strangers(),
    /** What is wrong with the answer to a call; nothing when it is as it has to be. */
    async complaintsOf(service: ServiceName, knock: Knock): Promise<string[]> {
      const { status, text } = await answerTo(chosen[service] + knock.path, knock, tokens);
      const why = wrong(knock, { status, text, theirs: [owner.sub, ...theirs] });
      return why ? [`${knock.route} of ${service} by ${knock.who}: ${why}`] : [];
    },
  };
}

type Tokens = Readonly<Record<'owner' | 'member' | 'viewer' | 'operator' | 'admin', string>>;

async function tokensOf(owner: string): Promise<Tokens> {
  const other = (role: 'member' | 'viewer' | 'operator' | 'admin') => localToken(role, `${role}-${randomUUID()}`);
  const [member, viewer, operator, admin] = await Promise.all([
    other('member'),
    other('viewer'),
    other('operator'),
    other('admin'),
  ]);
  return { owner, member, viewer, operator, admin };
}

const documentOf = async (url: string) => (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;

/** Of a stream only its head is waited for. */
async function answerTo(url: string, { method, headers, body, as }: Knock, tokens: Tokens) {
  const hangUp = new AbortController();
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(as && { authorization: `Bearer ${tokens[as]}` }) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(30_000)]),
  });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await answer.text();
  hangUp.abort();
  return { status: answer.status, text };
}

const idsIn = (text: string): string[] => text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];

type Answered = { readonly status: number; readonly text: string; readonly theirs: readonly string[] };

function wrong({ expected, body }: Knock, { status, text, theirs }: Answered): string | undefined {
  if (typeof expected === 'number')
    return status === expected ? undefined : `${status} instead of ${expected} ${text.slice(0, 200)}`;
  if (status >= 500 || status === 401 || status === 403) return `${status} ${text.slice(0, 200)}`;
  // A body is made up; that nothing is there under an id of it says nothing of the door.
  const isOfBody = idsIn(String(body)).some((id) => text.includes(id));
  if (expected === 'in, found' && status === 404 && !isOfBody) return `404 ${text.slice(0, 200)}`;
  const told = expected === 'nothing of the owner' && theirs.find((id) => text.includes(id));
  return told ? `tells of ${told}` : undefined;
}

async function dropDatabases(namespace: string): Promise<void> {
  const client = new MongoClient(components().mongodbUri);
  for (const name of names) await client.db(`${namespace}-${name}`).dropDatabase();
  await client.close();
}
