import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackConfig } from './config.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-config-'));
});

afterEach(() => {
  delete process.env['CASK_URL'];
  delete process.env['CASK_URL_FILE'];
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a variable is set by itself or by a file, and by itself first', async () => {
  const file = join(folder, 'cask');
  await writeFile(file, 'amqp://of-a-file\n');

  const unset = [stackConfig.variable('CASK_URL'), stackConfig.unlessSet({ CASK_URL: 'ours' })];
  process.env['CASK_URL_FILE'] = file;
  const byFile = [stackConfig.variable('CASK_URL'), stackConfig.unlessSet({ CASK_URL: 'ours' })];
  process.env['CASK_URL'] = 'amqp://itself';
  const byItself = [stackConfig.variable('CASK_URL'), stackConfig.unlessSet({ CASK_URL: 'ours' })];

  expect(unset).toEqual([undefined, { CASK_URL: 'ours' }]);
  expect(byFile).toEqual(['amqp://of-a-file', {}]);
  expect(byItself).toEqual(['amqp://itself', {}]);
});

test('a file that cannot be read is told by the name of its variable', () => {
  process.env['CASK_URL_FILE'] = join(folder, 'missing');

  expect(() => stackConfig.variable('CASK_URL')).toThrow(/^CASK_URL_FILE: cannot read /);
});
