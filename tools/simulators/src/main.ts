import { parseArgs } from 'node:util';
import { startDiscogs } from './discogs.ts';
import { startImageProvider } from './image-provider.ts';
import { startMailbox } from './mailbox.ts';
import { startMusicBrainz } from './musicbrainz.ts';

type Wish = { readonly port: number; readonly doorPort: number; readonly host: string; readonly publicUrl?: string };

/** Each with its usual port. */
const simulators: Readonly<
  Record<string, { port: number; start(wish: Wish): Promise<{ url: string; stop(): Promise<void> }> }>
> = {
  discogs: { port: 4112, start: startDiscogs },
  'image-provider': { port: 4110, start: startImageProvider },
  mailbox: { port: 4113, start: startMailbox },
  musicbrainz: { port: 4111, start: startMusicBrainz },
};

const usage = `usage: node tools/simulators/src/main.ts ${Object.keys(simulators).join('|')} [--port ${simulators['image-provider']?.port}] [--host 127.0.0.1] [--public-url http://127.0.0.1:4110]\n`;

const { values, positionals } = parseArgs({
  options: {
    port: { type: 'string' },
    // Of the mailbox: where mails come in, by SMTP.
    'door-port': { type: 'string', default: '4114' },
    // In a container: 0.0.0.0, and the name under which others reach it.
    host: { type: 'string', default: '127.0.0.1' },
    'public-url': { type: 'string' },
  },
  allowPositionals: true,
});
const name = positionals[0] ?? '';
const simulator = simulators[name];
if (!simulator) {
  process.stderr.write(usage);
  process.exit(2);
}
const running = await simulator.start({
  port: Number(values.port ?? simulator.port),
  doorPort: Number(values['door-port']),
  host: values.host,
  ...(values['public-url'] && { publicUrl: values['public-url'] }),
});
process.stdout.write(`${name} simulator at ${running.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.stop());
