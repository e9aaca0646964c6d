import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { underInstallLock } from './install-lock.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-lock-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test('two holders of one lock work one after the other, and the second is told why it waits', async () => {
  const lock = join(directory, 'nats.lock');
  const steps: string[] = [];
  const said: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`${name} ends`);
  };

  await Promise.all([
    underInstallLock(lock, (line) => said.push(line), work('first')),
    underInstallLock(lock, (line) => said.push(line), work('second')),
  ]);

  expect(steps).toHaveLength(4);
  expect(steps[1]).toBe(steps[0]?.replace('begins', 'ends'));
  expect(said).toEqual([`another process is installing this (${lock}); waiting for it`]);
});

test('a lock whose owner is dead is taken over', async () => {
  const lock = join(directory, 'nats.lock');
  await mkdir(lock);
  // No process ever has this id: it is above the kernel's highest.
  await writeFile(join(lock, 'pid'), '99999999\n');

  await expect(
    underInstallLock(
      lock,
      () => {},
      async () => 'done',
    ),
  ).resolves.toBe('done');

  await expect(readdir(directory)).resolves.toEqual([]);
});

test('a lock is released when the work fails', async () => {
  const lock = join(directory, 'nats.lock');

  await expect(
    underInstallLock(
      lock,
      () => {},
      () => Promise.reject(new Error('no network')),
    ),
  ).rejects.toThrow('no network');

  await expect(readdir(directory)).resolves.toEqual([]);
});
