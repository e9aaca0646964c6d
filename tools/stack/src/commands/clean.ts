import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { millraceDirectory } from '../cluster-state.ts';
import { deleteComponentData } from '../start-component.ts';
import { stopCluster } from '../stop-cluster.ts';

await stopCluster();
await deleteComponentData(join(millraceDirectory, 'components'));
// A test run or a demo may be under way in a folder of its own.
const folders = await readdir(millraceDirectory).catch(() => []);
for (const folder of folders.filter((name) => !/^(test|own)-\d+$/.test(name)))
  await rm(join(millraceDirectory, folder), { recursive: true, force: true });
process.stdout.write('the cluster is stopped and its data, logs and local signing key are deleted\n');
