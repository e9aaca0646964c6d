import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stackConfig } from './config.ts';
import { conversation } from './conversation.ts';
import { installNats } from './installations.ts';
import type { Program, Reporter } from './program.ts';
import { onSearchPath } from './program.ts';
import type { Place, Ports, Recipe } from './recipe.ts';

/** NATS with JetStream on disk, flushed before each acknowledgement: an announced event survives kill -9. */
export const nats: Recipe = {
  name: 'nats',
  program: findNats,

  async prepare(place, program) {
    const file = await writeConfiguration(place, place.data, `127.0.0.1:${place.ports['client']}`);
    return [
      {
        command: program.path,
        args: ['--config', file],
        env: stackConfig.environment(),
        cwd: place.config,
        logFile: place.logFile,
      },
    ];
  },

  async container(place) {
    const file = await writeConfiguration(place, '/data', '0.0.0.0:4222', ['http: "127.0.0.1:8222"']);
    return {
      options: ['-v', `${file}:/etc/nats/nats.conf:ro`],
      args: ['--config', '/etc/nats/nats.conf'],
      dataPath: '/data',
    };
  },

  async probe(ports) {
    const answer = (await conversation(ports['client'] as number, Buffer.alloc(0))).toString('latin1');
    if (!answer.startsWith('INFO ')) throw new Error(`the answer on port ${ports['client']} is not NATS`);
    if (!answer.includes('"jetstream":true')) throw new Error('NATS answers, but JetStream is not on yet');
  },

  url,
  env: (ports) => ({ NATS_URL: url(ports) }),
};

function url(ports: Ports): string {
  return `nats://127.0.0.1:${ports['client']}`;
}

async function writeConfiguration(
  place: Place,
  storeDirectory: string,
  listen: string,
  monitoring: readonly string[] = [],
): Promise<string> {
  const file = join(place.config, 'nats.conf');
  const lines = [
    'server_name: "millrace"',
    `listen: "${listen}"`,
    ...monitoring,
    'max_payload: 2097152',
    `jetstream { store_dir: ${JSON.stringify(storeDirectory)}, sync_interval: always, max_memory_store: 268435456, max_file_store: 10737418240 }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function findNats(report: Reporter): Promise<Program> {
  const path = await onSearchPath('nats-server');
  if (path && (await isRecent(path, report))) return { path, kind: 'on PATH' };
  return installNats(report);
}

async function isRecent(path: string, report: Reporter): Promise<boolean> {
  const { stdout } = await promisify(execFile)(path, ['--version']).catch(() => ({ stdout: '' }));
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  const recent = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
  if (!recent) report(`${path} says "${stdout.trim()}"; 2.10 or newer is needed, so another one is taken`);
  return recent;
}
