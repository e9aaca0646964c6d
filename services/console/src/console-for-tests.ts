import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFront } from '@millrace/service';
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

export type TestConsole = {
  readonly url: string;
  readonly keyFile: string;
  /** The console's own database, for what it does not show. */
  readonly database: Connection;
};

/** The console on a real database, with an empty web app; stopped after the file. @param env beyond that. */
export async function consoleForTests(env: Record<string, string> = {}): Promise<TestConsole> {
  const { mongodbUri } = components();
  const namespace = `console-${randomUUID().slice(0, 8)}`;
  const directory = await mkdtemp(join(tmpdir(), 'millrace-console-'));
  const keyFile = join(directory, 'key.json');
  const config = readConfig({
    PORT: '0',
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    LOG_LEVEL: 'silent',
    AUTH_LOCAL_KEY_FILE: keyFile,
    WEB_ROOT: directory,
    ...env,
  });
  const running = await startFront({ name: 'console', config, app: createApp, handleSignals: false });
  const database = mongoose.createConnection(mongodbUri, { dbName: `${namespace}-console` });
  afterFile(async () => {
    await running.stop();
    await database.dropDatabase();
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { url: running.url, keyFile, database };
}
