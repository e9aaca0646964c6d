import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

// Loaded into a service before all else: at a signal it collects its garbage and writes down what is left, in MiB.
const folder = new URL(import.meta.url).searchParams.get('folder');
if (!folder) throw new Error(`${import.meta.url} names no folder; it is loaded as ?folder=<where to write>`);
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(join(folder, String(process.pid)), String((heapUsed + external) / 2 ** 20));
});
