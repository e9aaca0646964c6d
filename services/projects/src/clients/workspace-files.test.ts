import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openArtifacts } from '@millrace/service';
import { afterFile } from '@millrace/testkit';
import { workspaceFiles } from './workspace-files.ts';

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-workspace-'));
  afterFile(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'workspaces/p/docs'), { recursive: true });
  await writeFile(join(folder, 'workspaces/p/docs/keep.5f0c.part'), 'ha');
  await writeFile(join(folder, 'workspaces/p/docs/keepsake'), 'of somebody');
  const files = workspaceFiles(openArtifacts(pathToFileURL(folder).href));
  return { files, there: async () => (await readdir(join(folder, 'workspaces/p/docs'))).toSorted() };
}

test('a half file of a writer that died counts for no file of anybody', async () => {
  const { files } = await setup();

  expect(await files.list('workspaces/p')).toEqual(['workspaces/p/docs/keepsake']);
});

test('writing and removing a file take along what a writer that died has left of it', async () => {
  const [written, removed] = await Promise.all([setup(), setup()]);

  await written.files.write('workspaces/p/docs/keep', 'half');
  await removed.files.remove('workspaces/p/docs/keep');

  expect(await written.there()).toEqual(['keep', 'keepsake']);
  expect(await removed.there()).toEqual(['keepsake']);
});
