import mongoose, { type Connection } from 'mongoose';
import type { Logger } from 'pino';
import { untilStarted } from './until-started.ts';

/** A service's own database: connects in the background and again for ever, so that a service starts without it. */
export type Database = {
  readonly connection: Connection;
  /** Begins to connect; does not wait. */
  start(): void;
  /** Resolves when first connected and indexed; never before `start`. */
  readonly connected: Promise<void>;
  stop(): Promise<void>;
  isReady(): { ready: boolean; reasons: string[] };
};

/** How long an operation waits for a database that is away, before it fails. */
const patienceMs = 3_000;

/** @param prepare runs once after the first connection, repeated until it succeeds: indexes and the like. */
export function createDatabase({
  uri,
  name,
  log,
  prepare,
}: {
  uri: string;
  name: string;
  log: Logger;
  prepare(connection: Connection): Promise<void>;
}): Database {
  const client = new mongoose.mongo.MongoClient(databaseUri(uri, name), {
    serverSelectionTimeoutMS: patienceMs,
    maxPoolSize: 50,
  });
  const connection = connectionOver(client, name);
  // Without a listener a lost connection would end the process; readiness and the retry tell of it.
  connection.on('error', (error) => log.warn({ err: error }, 'database connection failed'));
  const stopping = new AbortController();
  const connected = Promise.withResolvers<void>();
  const connect = async () => {
    await client.connect();
    if (connection.readyState === mongoose.ConnectionStates.disconnected) connection.setClient(client);
    await Promise.all(Object.values(connection.models).map((model) => model.createIndexes()));
    await prepare(connection);
    connected.resolve();
    log.info({ database: name }, 'database connected');
  };
  return {
    connection,
    connected: connected.promise,
    start: () => void untilStarted(connect, { part: 'database', log, signal: stopping.signal }),
    async stop() {
      stopping.abort();
      await client.close();
      await connection.close();
    },
    isReady: () =>
      connection.readyState === mongoose.ConnectionStates.connected
        ? { ready: true, reasons: [] }
        : { ready: false, reasons: ['the database is not connected'] },
  };
}

/**
 * The connection has its client and its name from the beginning, so that those who talk to the driver itself can be built
 * before the database is there; mongoose would set both only when first connected.
 */
function connectionOver(client: mongoose.mongo.MongoClient, name: string): Connection {
  const connection = mongoose.createConnection();
  // `set` takes only what the configuration holds already, and drops the rest without a word.
  Object.assign(connection.config, { bufferTimeoutMS: patienceMs, autoIndex: false, autoCreate: false });
  return Object.assign(connection, { client, name });
}

/**
 * The address with our database in its path. Whom the server asks for a password stays as it was:
 * the database that was in the path, else `admin`.
 */
export function databaseUri(uri: string, name: string): string {
  const [, server = uri, path = '', options = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [];
  const keepsSource = !server.includes('@') || /(^|&)authSource=/.test(options);
  const all = [...(options ? [options] : []), ...(keepsSource ? [] : [`authSource=${path || 'admin'}`])].join('&');
  return `${server}/${name}${all && `?${all}`}`;
}
