/**
 * Writes what is generated from `proto/`: the TypeScript of packages/mesh-rpc and the Python of the mesh engine. With `--check` it only
 * compares, and holds the contract to lint, format and the promise of staying readable; it ends with 1 and a sentence for each fault.
 */
import { join } from 'node:path';
import { contractFaults } from './contract-faults.ts';
import { generate } from './generate.ts';
import { differences, write } from './generated-folder.ts';

const root = join(import.meta.dirname, '../../..');

if (process.argv.includes('--check')) {
  const faults = [...(await contractFaults(root)), ...(await stale())];
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
} else {
  for (const folder of await generate(root)) await write(root, folder);
}

async function stale(): Promise<string[]> {
  const found = await Promise.all((await generate(root)).map((folder) => differences(root, folder)));
  const advice = found.flat().length > 0 ? ['write them again: node tools/proto/src/main.ts'] : [];
  return [...found.flat(), ...advice];
}
