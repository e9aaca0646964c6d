import { plantRepository } from './planted-repository.ts';
import { suppressions } from './suppressions.ts';

// Written in two halves, so that this file does not find itself.
const at = '@' + 'ts-';
const lintOff = 'oxlint-' + 'disable-next-line';
const skipped = 'test.' + 'skip';

test('what is switched off without a reason is seen, with a reason it is not', async () => {
  await using repository = await plantRepository({
    'packages/a/src/a.ts': [
      `// ${at}expect-error`,
      `// ${at}expect-error: the types lag behind the server`,
      `// ${lintOff} no-floating-promises`,
      `// ${lintOff} no-floating-promises -- ends with the process`,
      `${skipped}('a', () => {});`,
      `${skipped}('b', () => {}); // needs a container daemon`,
    ].join('\n'),
  });

  const findings = await suppressions.run(repository.root);

  expect(findings.map((finding) => finding.split(': ')[0])).toEqual(
    [1, 3, 5].map((line) => `packages/a/src/a.ts:${line}`),
  );
});
