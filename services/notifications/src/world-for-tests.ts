import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createEventBus, type StoredEvent } from '@millrace/events';
import { mintLocalToken, type Role, startService } from '@millrace/service';
import { afterFile, components, startService as startProcess, until } from '@millrace/testkit';
import { type ParsedMail, simpleParser } from 'mailparser';
import mongoose from 'mongoose';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

type Shown = {
  id: string;
  kind: string;
  channel: string;
  to: string;
  state: string;
  reason: string | null;
  title: string;
  body: string;
  eventIds: string[];
  digestId: string | null;
  repeats: number;
  attempts: { verdict: string; status: number | null; answer: string | null }[];
};

type Body = Record<string, unknown> & { items: Shown[]; code: string; errors: { path: string }[] };

/**
 * The whole service on real components, a mail server, and the bus of a stranger who tells events; all end with the file.
 * @param asProcess whether it is a process of its own, which `killAndStart` ends by kill -9; default false.
 */
export async function worldForTests(env: Record<string, string> = {}, { asProcess = false } = {}) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `told-${randomUUID().slice(0, 8)}`;
  const mail = await mailServer();
  const variables = {
    ...{ AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri, NAMESPACE: namespace },
    ...{ LOG_LEVEL: 'silent', SMTP_URL: mail.url, MAIL_FROM: 'Millrace <mill@race.example>' },
    ...{
      WEBHOOK_ALLOW: '127.0.0.0/8',
      // Of what is made to fail here nobody is to hear beside.
      DEAD_LETTER_WATCH_MS: '3600000',
      CONSOLE_URL: 'https://console.example/',
      DELIVERY_TIMEOUT_MS: '2500',
      DELIVERY_RETRY_MS: '20',
      DELIVERY_BURST_MS: '1500',
    },
    ...env,
  };
  const start = (): Promise<Running> => (asProcess ? startProcess('notifications', variables) : startHere(variables));
  let service = await start();
  const database = await mongoose.createConnection(mongodbUri, { dbName: `${namespace}-campaign` }).asPromise();
  const bus = createEventBus({
    ...{ service: 'campaign', natsUrl, database, namePrefix: namespace, log: quiet },
    bury: async () => {},
  });
  afterFile(async () => {
    await bus.stop();
    await end(service, 'SIGTERM');
    for (const owner of ['campaign', 'notifications']) await database.useDb(`${namespace}-${owner}`).dropDatabase();
    await database.close();
  });
  await bus.start();
  await until(async () => bus.isReady().ready && (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });

  const as = async (sub: string, role: Role = 'member') => {
    const authorization = `Bearer ${await mintLocalToken({ role, sub })}`;
    return async (method: string, path: string, body?: unknown) => {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(`${service.url}${path}`, { method, headers, ...json });
      return { status: answer.status, body: (answer.status === 204 ? {} : await answer.json()) as Body };
    };
  };
  return {
    get url() {
      return service.url;
    },
    async killAndStart() {
      await end(service, 'SIGKILL');
      service = await start();
    },
    mail,
    as,
    rows: database.useDb(`${namespace}-notifications`),
    tell: (...events: StoredEvent[]) => bus.publish(events),
    /** Somebody with a name and addresses of their own. */
    async person(preferences: object) {
      const sub = `person-${randomUUID()}`;
      const ask = await as(sub);
      const set = await ask('PUT', '/preferences', preferences);
      if (set.status !== 200) throw new Error(JSON.stringify(set.body));
      const sent = async () =>
        (await ask('GET', '/deliveries?limit=1000')).body.items.filter(({ channel }) => channel !== 'inbox');
      /** What was sent, as soon as so many deliveries are all in one of these states. */
      const ended = (count: number, ...states: string[]) =>
        until(
          async () => {
            const found = await sent();
            return found.length === count && found.every(({ state }) => states.includes(state)) && found;
          },
          { withinMs: 30_000, message: `${count} deliveries of ${sub} are ${states.join(' or ')}` },
        );
      return { sub, ask, sent, ended, preferences: set.body };
    },
  };
}

type Running = { readonly url: string } & (
  | { stop(): Promise<void> }
  | { kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> }
);

const startHere = (env: Record<string, string>): Promise<Running> => {
  const config = readConfig({ ...env, PORT: '0' });
  return startService({ name: 'notifications', config, app: createApp, handleSignals: false });
};

const end = (service: Running, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> =>
  'kill' in service ? service.kill(signal) : service.stop();

export type Got = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A receiver that answers as it is told, the last answer for ever: a status, a status with a text, or `late` and `never`. */
export async function receiver(answers: readonly (number | 'never' | 'late' | 'reset' | readonly [number, string])[]) {
  const got: Got[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    got.push({ headers: request.headers, body: await text(request) });
    const answer = answers[Math.min(got.length, answers.length) - 1] ?? 200;
    if (answer === 'never') return;
    if (answer === 'reset') return void request.socket.destroy();
    // waits: longer than the sender does, so that its answer comes too late
    if (answer === 'late') return void setTimeout(() => response.end('late'), 3_000);
    const [status, said] = typeof answer === 'number' ? [answer, 'thanks'] : answer;
    response.writeHead(status).end(said);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** A mail server that keeps what it takes. The local part of an address says how it fares: `bounces`, `busy-2` (refused twice), `late-1` (never answered), `spam`. */
async function mailServer() {
  const mails: ParsedMail[] = [];
  const tries = new Map<string, number>();
  const timesOf = (address: string, word: string): boolean => {
    const wanted = Number(new RegExp(`${word}-(\\d+)`).exec(address)?.[1] ?? 0);
    const tried = (tries.get(address) ?? 0) + 1;
    if (wanted > 0) tries.set(address, tried);
    return tried <= wanted;
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, callback) {
      if (address.startsWith('bounces')) return callback(refusal(550, 'no such user here'));
      if (timesOf(address, 'busy')) return callback(refusal(451, 'try again later'));
      return callback();
    },
    onData(stream, session: SMTPServerSession, callback) {
      const [address = ''] = session.envelope.rcptTo.map((to) => to.address);
      void simpleParser(stream).then((mail) => {
        if (address.startsWith('spam')) return callback(refusal(554, 'this is spam'));
        mails.push(mail);
        if (timesOf(address, 'late')) return;
        callback(null);
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    to: (address: string) => mails.filter((mail) => [mail.to].flat().some((to) => to?.text.includes(address))),
  };
}

const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });
