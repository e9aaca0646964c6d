import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type MailboxOptions = {
  /** Where mails are read, by HTTP. Default: any free one. */
  readonly port?: number;
  /** Where mails come in, by SMTP. Default: any free one. */
  readonly doorPort?: number;
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
};

type Mail = {
  readonly id: string;
  readonly messageId: string | null;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly at: string;
};

type Mailbox = {
  readonly url: string;
  readonly smtpUrl: string;
  mails(): readonly Mail[];
  stop(): Promise<void>;
};

/** The oldest go first. */
const kept = 1_000;

/** A mail server that takes everything for everybody and shows it: a page at `/`, `GET /mails?to=` as JSON, newest first, and `GET /mails/<id>` as its reader would see it. It forgets at its end. */
export async function startMailbox({
  port = 0,
  doorPort = 0,
  host = '127.0.0.1',
}: MailboxOptions = {}): Promise<Mailbox> {
  const mails: Mail[] = [];
  let taken = 0;
  const door = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, _session, callback) {
      simpleParser(stream).then((parsed) => {
        taken += 1;
        mails.unshift(mailOf(parsed, `${taken}`));
        mails.splice(kept);
        callback();
      }, callback);
    },
  });
  // A sender that hangs up in the middle is no matter for the others.
  door.on('error', () => {});
  const page = createServer((request, response) => answer(mails, request, response));
  const [smtpPort, httpPort] = [await listening(door, doorPort, host), await listening(page, port, host)];
  return {
    url: `http://127.0.0.1:${httpPort}`,
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    mails: () => mails,
    async stop() {
      page.closeAllConnections();
      await Promise.all([
        new Promise((resolve) => page.close(resolve)),
        new Promise<void>((resolve) => door.close(resolve)),
      ]);
    },
  };
}

async function listening(server: Server | SMTPServer, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const net: NetServer = server instanceof SMTPServer ? server.server : server;
  return (net.address() as AddressInfo).port;
}

const mailOf = (parsed: ParsedMail, id: string): Mail => ({
  id,
  messageId: parsed.messageId ?? null,
  from: parsed.from?.text ?? '',
  to: [parsed.to ?? []]
    .flat()
    .map((to: AddressObject) => to.text)
    .join(', '),
  subject: parsed.subject ?? '',
  text: parsed.text ?? '',
  html: parsed.html || null,
  at: new Date().toISOString(),
});

function answer(mails: readonly Mail[], { url = '/' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://mailbox');
  const html = (markup: string) =>
    response
      // What a mail brings along does nothing here.
      .setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .setHeader('Content-Type', 'text/html; charset=utf-8')
      .end(markup);
  const one = mails.find(({ id }) => pathname === `/mails/${id}`);
  if (pathname === '/') html(listOf(mails));
  else if (one) html(one.html ?? `<pre>${escaped(one.text)}</pre>`);
  else if (pathname === '/mails') {
    const found = mails.filter(({ to }) => to.includes(searchParams.get('to') ?? ''));
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ items: found }));
  } else response.writeHead(404).end('no such mail');
}

const listOf = (mails: readonly Mail[]): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em"><h1>Mailbox</h1>
<p>Every mail that the cluster sends on this machine, the newest first.</p><ul>${mails.map(lineOf).join('')}</ul></body></html>`;

const lineOf = ({ id, to, subject, at }: Mail): string =>
  `<li><a href="/mails/${id}">${escaped(subject)}</a><br><small>to ${escaped(to)}, ${at}</small></li>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
