import { parseArgs } from 'node:util';
import { startImageProvider } from './image-provider.ts';

const usage =
  'usage: node tools/simulators/src/main.ts image-provider [--port 4110] [--host 127.0.0.1] [--public-url http://127.0.0.1:4110]\n';

const { values, positionals } = parseArgs({
  options: {
    port: { type: 'string', default: '4110' },
    // In a container: 0.0.0.0, and the name under which others reach it.
    host: { type: 'string', default: '127.0.0.1' },
    'public-url': { type: 'string' },
  },
  allowPositionals: true,
});
if (positionals[0] !== 'image-provider') {
  process.stderr.write(usage);
  process.exit(2);
}
const provider = await startImageProvider({
  port: Number(values.port),
  host: values.host,
  ...(values['public-url'] && { publicUrl: values['public-url'] }),
});
process.stdout.write(`image provider simulator at ${provider.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.stop());
