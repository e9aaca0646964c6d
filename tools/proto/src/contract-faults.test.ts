import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { contractFaults } from './contract-faults.ts';
import { differences, write } from './generated-folder.ts';

const clean = `syntax = "proto3";

package note.v1;

message Note {
  string text = 1;
}
`;

test('a clean contract that is readable for those of main has no faults', async () => {
  await using repository = await plant(clean);

  expect(await contractFaults(repository.root)).toEqual([]);
});

test.each([
  ['a name against the standard', clean.replace('text', 'noteText'), /lower_snake_case/],
  ['a format of its own', clean.replace('  string', 'string'), /^\+ {2}string text = 1;$/m],
  ['another type under an old number', clean.replace('string', 'uint32'), /changed type from "string" to "uint32"/],
  ['another name in JSON', clean.replace('text', 'words'), /changed option "json_name" from "text" to "words"/],
])('%s is a fault', async (_what, text, fault) => {
  await using repository = await plant(clean);

  await repository.change(text);

  expect((await contractFaults(repository.root)).join('\n')).toMatch(fault);
});

test('a generated file that is missing, differs, or follows from nothing is told, and written again', async () => {
  await using repository = await plant(clean);
  const fresh = {
    path: 'out',
    files: new Map([
      ['a/one.ts', '1'],
      ['two.ts', '2'],
      ['three.ts', '3'],
    ]),
  };
  await write(repository.root, {
    path: 'out',
    files: new Map([
      ['a/one.ts', '1'],
      ['two.ts', 'II'],
      ['four.ts', '4'],
    ]),
  });

  const before = await differences(repository.root, fresh);
  await write(repository.root, fresh);

  expect(before).toEqual([
    'out/two.ts is not what proto/ says',
    'out/three.ts is missing',
    'out/four.ts is generated from nothing; delete it',
  ]);
  expect(await differences(repository.root, fresh)).toEqual([]);
});

/** A repository whose main holds this contract. */
async function plant(text: string) {
  const root = await mkdtemp(join(tmpdir(), 'millrace-proto-'));
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: root });
  const change = async (changed: string) => writeFile(join(root, 'proto/note/v1/note.proto'), changed);
  await mkdir(join(root, 'proto/note/v1'), { recursive: true });
  await writeFile(
    join(root, 'proto/buf.yaml'),
    'version: v2\nlint: { use: [STANDARD] }\nbreaking: { use: [WIRE_JSON] }\n',
  );
  await change(text);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message=begin');
  return { root, change, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
