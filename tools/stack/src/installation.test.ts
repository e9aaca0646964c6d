import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Installation } from './installation.ts';
import { installed } from './installation.ts';

let cache: string;
const before = { cache: process.env['MILLRACE_CACHE'], path: process.env['PATH'] };

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'millrace-cache-'));
  process.env['MILLRACE_CACHE'] = cache;
});

afterEach(async () => {
  process.env['PATH'] = before.path;
  if (before.cache === undefined) delete process.env['MILLRACE_CACHE'];
  else process.env['MILLRACE_CACHE'] = before.cache;
  await rm(cache, { recursive: true, force: true });
});

test('a program is built once and then taken from the cache', async () => {
  const said: string[] = [];
  const installation = setup('mkdir -p "$1/bin" && echo built >> "$1/bin/thing" && chmod +x "$1/bin/thing"');

  const first = await installed(installation, (line) => said.push(line));
  const second = await installed(installation, (line) => said.push(line));

  expect(first).toEqual({ path: join(cache, 'thing/1/bin/thing'), kind: 'built' });
  expect(second).toEqual(first);
  await expect(readFile(first.path, 'utf8')).resolves.toBe('built\n');
  expect(said).toEqual([
    expect.stringMatching(/^building Thing 1 \(about a second, once on this machine; log: /),
    'building Thing 1: done after 0 s',
  ]);
});

test('a build that fails says its last lines and leaves nothing but its log', async () => {
  const installation = setup('mkdir -p "$1/bin" && echo half > "$1/bin/thing" && echo "no such crate" && exit 3');

  await expect(installed(installation, () => {})).rejects.toThrow(
    /building Thing 1 failed with exit code 3; log .* ends with:\n {2}no such crate/,
  );

  await expect(readdir(join(cache, 'thing'))).resolves.toEqual(['1.log']);
});

test('a missing toolchain is told in one sentence with the remedy', async () => {
  await mkdir(join(cache, 'empty'));
  process.env['PATH'] = join(cache, 'empty');
  await writeFile(join(cache, 'empty', 'sh'), 'not executable');

  await expect(installed(setup('true'), () => {})).rejects.toThrow(
    'Thing 1 is not installed and sh, which would build it, is not on PATH; install a shell',
  );
});

function setup(script: string): Installation {
  return {
    title: 'Thing 1',
    folder: 'thing/1',
    binary: 'thing',
    tool: 'sh',
    remedy: 'install a shell',
    usually: 'about a second',
    step: (target) => ({ args: ['-c', script, 'sh', target] }),
  };
}
