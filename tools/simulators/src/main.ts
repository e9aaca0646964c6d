import { parseArgs } from 'node:util';
import { startImageProvider } from './image-provider.ts';

const usage = 'usage: node tools/simulators/src/main.ts image-provider [--port 4110]\n';

const { values, positionals } = parseArgs({
  options: { port: { type: 'string', default: '4110' } },
  allowPositionals: true,
});
if (positionals[0] !== 'image-provider') {
  process.stderr.write(usage);
  process.exit(2);
}
const provider = await startImageProvider({ port: Number(values.port) });
process.stdout.write(`image provider simulator at ${provider.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.stop());
