import { runCommand } from './command.ts';
import { plantRepository } from './planted-repository.ts';
import { wording } from './wording.ts';

// Written in two halves, so that this file does not find itself.
const home = '/ho' + 'me';
const leftOver = 'TO' + 'DO';

test('paths of one machine, unfinished work and documents from elsewhere are seen with their lines', async () => {
  await using repository = await plantRepository({
    'README.md': `ok\nsee ${home}/ann/notes\n`,
    'packages/a/src/a.ts': `// ${leftOver}: later\nexport const a = '/homes/are/fine';\n`,
    Makefile: `# as ${'iss' + 'ue'} 12 says\n`,
    'docs/a.md': `[why](../${'des' + 'ign'}/jobs.md)\n`,
    'pnpm-lock.yaml': '    tarball: https://registry.example.test/a.tgz\n',
    'picture.bin': `${home}/ann`,
  });

  const findings = await wording.run(repository.root);

  expect(findings.map((finding) => finding.split(': ')[0]).sort()).toEqual([
    'Makefile:1',
    'README.md:2',
    'docs/a.md:1',
    'packages/a/src/a.ts:1',
    'pnpm-lock.yaml:1',
  ]);
});

test('commit messages are read too', async () => {
  await using repository = await plantRepository({});
  const author = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.test'];
  await runCommand(
    'git',
    [...author, 'commit', '--quiet', '--allow-empty', '-m', `a: b\n\nas in ${home}/ann/x`],
    repository.root,
  );

  const findings = await wording.run(repository.root);

  expect(findings).toEqual([expect.stringMatching(/^commit [0-9a-f]+:3: .* is a path of one machine/)]);
});
