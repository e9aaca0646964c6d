import { MongoClient, MongoServerError } from 'mongodb';
import { stackConfig } from './config.ts';
import { installSecantus } from './installations.ts';
import type { Program, Reporter } from './program.ts';
import { onSearchPath } from './program.ts';
import type { Ports, Recipe } from './recipe.ts';

/** MongoDB as a replica set of one member, or its stand-in SecantusDB; both with transactions. */
export const mongodb: Recipe = {
  name: 'mongodb',
  program: findMongodb,

  async prepare(place, program) {
    const port = `${place.ports['mongodb']}`;
    const args =
      program.kind === 'mongod'
        ? ['--dbpath', place.data, '--port', port, '--bind_ip', '127.0.0.1', '--replSet', 'rs0']
        : // Without --sync-on-commit up to one acknowledged write in a hundred is lost at kill -9. What is not flushed is the
          // operation log, which only change streams read: nobody here does, and it is a third of all bytes.
          [
            '--storage-path',
            place.data,
            '--port',
            port,
            '--host',
            '127.0.0.1',
            '--sync-on-commit',
            '--oplog-nonlogged',
            '--log-level',
            'WARNING',
          ];
    // HOME and the working directory are its own: the stand-in also reads settings that it finds there.
    return [
      {
        command: program.path,
        args,
        env: { ...stackConfig.environment(), HOME: place.config },
        cwd: place.config,
        logFile: place.logFile,
      },
    ];
  },

  async container() {
    return { options: [], args: ['--replSet', 'rs0', '--bind_ip_all'], dataPath: '/data/db' };
  },

  async probe(ports) {
    const client = new MongoClient(url(ports), { serverSelectionTimeoutMS: 1_500, connectTimeoutMS: 1_500 });
    try {
      await becomePrimary(client, ports['mongodb'] as number);
    } finally {
      await client.close();
    }
  },

  url,
  env: (ports) => ({ MONGODB_URI: url(ports) }),
};

function url(ports: Ports): string {
  return `mongodb://127.0.0.1:${ports['mongodb']}/?directConnection=true`;
}

async function becomePrimary(client: MongoClient, port: number): Promise<void> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  if (hello['isWritablePrimary']) return;
  if (!hello['setName']) await initiate(client, port);
  throw new Error('MongoDB answers, but its replica set has no primary yet');
}

async function initiate(client: MongoClient, port: number): Promise<void> {
  // The server accepts only a name under which it finds itself: the first holds on this machine, the second inside a container.
  for (const host of [`127.0.0.1:${port}`, 'localhost:27017']) {
    const refusal = await client
      .db('admin')
      .command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    if (refusal === undefined || (refusal instanceof MongoServerError && refusal.codeName === 'AlreadyInitialized'))
      return;
  }
}

async function findMongodb(report: Reporter): Promise<Program> {
  const path = await onSearchPath('mongod');
  return path ? { path, kind: 'mongod' } : installSecantus(report);
}
