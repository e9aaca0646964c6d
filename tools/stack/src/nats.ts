import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stackConfig } from './config.ts';
import { conversation } from './conversation.ts';
import { installDebianNats, installNats } from './installations.ts';
import type { Program, Reporter } from './program.ts';
import { onSearchPath } from './program.ts';
import type { Place, Ports, Recipe } from './recipe.ts';

// Versions before 2.10 do not know it and refuse to start.
const syncAlways = 'sync_interval: always, ';
const oldKind = 'older than 2.10';

/** NATS with JetStream on disk, flushed before each acknowledgement: an announced event survives kill -9. */
export const nats: Recipe = {
  name: 'nats',
  program: findNats,

  async prepare(place, program) {
    const client = `127.0.0.1:${place.ports['client']}`;
    const file = await writeConfiguration(place, {
      store: place.data,
      client,
      sync: program.kind === oldKind ? '' : syncAlways,
    });
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
    const file = await writeConfiguration(place, {
      store: '/data',
      client: '0.0.0.0:4222',
      monitoring: '127.0.0.1:8222',
      sync: syncAlways,
    });
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

type Listening = { store: string; client: string; monitoring?: string; sync: string };

async function writeConfiguration(place: Place, { store, client, monitoring, sync }: Listening): Promise<string> {
  const file = join(place.config, 'nats.conf');
  const lines = [
    'server_name: "millrace"',
    `listen: "${client}"`,
    ...(monitoring ? [`http: "${monitoring}"`] : []),
    'max_payload: 2097152',
    `jetstream { store_dir: ${JSON.stringify(store)}, ${sync}max_memory_store: 268435456, max_file_store: 10737418240 }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function findNats(report: Reporter): Promise<Program> {
  const path = await onSearchPath('nats-server');
  if (path && (await isRecent(path))) return { path, kind: 'on PATH' };
  if (await onSearchPath('go')) return installNats(report);

  const old = path ?? (await installDebianNats(report));
  // Without Go and without a package there is only the remedy to tell.
  if (!old) return installNats(report);
  report(
    `${old} is older than 2.10 and there is no Go to build a newer one: events announced in the last two minutes may be lost at a power failure`,
  );
  return { path: old, kind: oldKind };
}

async function isRecent(path: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(path, ['--version']).catch(() => ({ stdout: '' }));
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
}
