import { plantRepository } from './planted-repository.ts';
import { quotedCode } from './quoted-code.ts';

test('a quote that its file has no more is seen, one to the letter is not, wherever it is indented', async () => {
  const quote = (...lines: string[]) => ['```ts', ...lines, '```'];
  await using repository = await plantRepository({
    'tests/guide/greet.ts': 'import { done } from "x";\n\n  export const greet = () => done();\n',
    'docs/jobs.md': [
      ...quote('// tests/guide/greet.ts', 'export const greet = () => done();'),
      ...quote('// tests/guide/greet.ts', 'export const greet = () => discard();'),
      ...quote('// tests/guide/gone.ts', 'export const greet = () => done();'),
      ...quote('// not a path', 'anything'),
    ].join('\n'),
  });

  const findings = await quotedCode.run(repository.root);

  expect(findings).toEqual([
    'docs/jobs.md:6: quotes tests/guide/greet.ts, where this does not stand; copy it anew',
    'docs/jobs.md:10: quotes tests/guide/gone.ts, which does not exist',
  ]);
});
