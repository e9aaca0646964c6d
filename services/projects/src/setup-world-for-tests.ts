import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@millrace/testkit';
import { neighboursForTests } from './neighbours-for-tests.ts';
import { type Call, serviceForTests } from './service-for-tests.ts';

type Step = {
  key: string;
  status: string;
  attempts: number;
  output: Record<string, unknown> | null;
  error: { code: string; message: string; remedy?: string } | null;
  log: string[];
};
export type Shown = {
  status: string;
  jobId: string;
  progress: number;
  steps: Step[];
  awaits: string[];
  retries: { by: string; again: string[] }[];
};
type Job = { id: string; state: string; attempt: number; result: unknown; errors: { code?: string }[] };
export type Answer = { project: { status: string }; setup: Shown; job: Job };

/** The service with neighbours that do as they are told, and what people ask of it. @param app in place of the service as it is. */
export async function setupWorld(app?: Parameters<typeof serviceForTests>[1]) {
  const neighbours = await neighboursForTests();
  const { url } = neighbours;
  const urls = { CAMPAIGN_URL: url, MESH_URL: url, MUSIC_URL: url, NOTIFICATIONS_URL: url };
  const service = await serviceForTests({ ...urls, WEBHOOK_ALLOW: '127.0.0.0/8' }, app);
  const ann = await service.as('ann');
  const ended = ['succeeded', 'failed', 'cancelled', 'compensated'];
  const setupOf = async (id: string) => (await ann<Shown>('GET', `/projects/${id}/setup`)).body;
  return {
    service,
    neighbours,
    ann,
    setupOf,
    async create(body: Record<string, unknown> = {}): Promise<string> {
      const name = `Lantern ${Math.random().toString(36).slice(2, 10)}`;
      return (await ann<{ id: string }>('POST', '/projects', { body: { name, ...body } })).body.id;
    },
    start: (id: string, by: Call = ann) => by<Answer>('POST', `/projects/${id}/setup`, { body: {} }),
    untilStatus: (id: string, ...statuses: string[]) =>
      until(
        async () => {
          const setup = await setupOf(id);
          return statuses.includes(setup.status) ? setup : undefined;
        },
        { withinMs: 30_000, everyMs: 20, message: `the setup is ${statuses.join(' or ')}` },
      ),
    untilEnded: async (id: string): Promise<Shown> => {
      await until(async () => ended.includes((await setupOf(id)).status), { withinMs: 30_000, everyMs: 20 });
      return setupOf(id);
    },
    projectOf: async (id: string) =>
      (await ann<{ status: string; slug: string | null }>('GET', `/projects/${id}`)).body,
    gitdir: (id: string) => join(service.repositories, `${id}.git`),
    hasRepository: (id: string) => existsSync(join(service.repositories, `${id}.git`)),
    statusesOf: ({ steps }: Shown) => Object.fromEntries(steps.map(({ key, status }) => [key, status])),
  };
}

const run = promisify(execFile);

/** What git itself says of a repository. */
export const git = async (gitdir: string, ...args: string[]): Promise<string> =>
  (await run('git', ['--git-dir', gitdir, ...args])).stdout.trim();
