import { plantRepository } from './planted-repository.ts';
import { titles, waiting } from './test-habits.ts';

// Written in two halves, so that these files do not find themselves.
const wish = 'sho' + 'uld';
const timer = 'setTime' + 'out';
const nap = 'sle' + 'ep';

test('wishful titles are seen, in every way to write them', async () => {
  await using repository = await plantRepository({
    'packages/a/src/a.test.ts': [
      `test('it ${wish} work', () => {});`,
      `describe("what ${wish} be", () => {});`,
      `test.each([[1], [2]])(\`%s ${wish} work\`, () => {});`,
      'it(',
      `  'wraps, as it ${wish}',`,
      '  () => {},',
      ');',
      "test('works', () => {});",
    ].join('\n'),
    'packages/a/src/a.ts': `test('no test file: ${wish}')`,
    'services/e/tests/test_e.py': `def test_it_${wish}_work():\n    pass\n`,
  });

  const findings = await titles.run(repository.root);

  expect(findings.map((finding) => finding.split(': ')[0])).toEqual([
    'packages/a/src/a.test.ts:1',
    'packages/a/src/a.test.ts:2',
    'packages/a/src/a.test.ts:3',
    'packages/a/src/a.test.ts:4',
    'services/e/tests/test_e.py:1',
  ]);
});

test('naps in tests are seen, but for those with a reason and those outside tests', async () => {
  await using repository = await plantRepository({
    'packages/a/src/a.test.ts': `await new Promise((go) => ${timer}(go, 100));\nawait ${nap}(5);\n`,
    'packages/a/src/b.test.ts': `// waits: the server under test is slow on purpose\n${timer}(answer, 50);\n`,
    'packages/a/src/c.ts': `${timer}(again, 50);\n`,
    'services/e/tests/test_e.py': `time.${nap}(1)\n# waits: the host is slow on purpose\nasyncio.${nap}(1)\n`,
    'tests/failures/d.ts': `import { ${timer} } from 'node:timers/${'promises'}';\n`,
  });

  const findings = await waiting.run(repository.root);

  expect(findings.map((finding) => finding.split(': ')[0])).toEqual([
    'packages/a/src/a.test.ts:1',
    'packages/a/src/a.test.ts:2',
    'services/e/tests/test_e.py:1',
    'tests/failures/d.ts:1',
  ]);
});
