import { type Check, runChecks } from './check.ts';

async function run(checks: readonly Check[]) {
  const lines: string[] = [];
  const isGreen = await runChecks(checks, { root: '.', write: (line) => lines.push(line) });
  return { isGreen, lines: lines.map((line) => line.replaceAll(/ +\d+\.\d s/g, '')) };
}

const green: Check = { name: 'green', run: async () => [] };

test('checks without findings are green, one line each', async () => {
  const { isGreen, lines } = await run([green, { ...green, name: 'also green' }]);

  expect({ isGreen, lines: lines.sort() }).toEqual({
    isGreen: true,
    lines: ['2 checks, all green', 'ok  also green', 'ok  green'],
  });
});

test('one finding makes the whole run red and stands below its check', async () => {
  const red: Check = { name: 'red', run: async () => ['a.ts:1: wrong\nand how'] };

  const { isGreen, lines } = await run([red, green]);

  expect(isGreen).toBe(false);
  expect(lines).toContain('RED red\n    a.ts:1: wrong\n    and how');
  expect(lines.at(-1)).toBe('2 checks, 1 red: red');
});

test('a check that throws is red and says so', async () => {
  const broken: Check = { name: 'broken', run: () => Promise.reject(new Error('tool not found')) };

  const { isGreen, lines } = await run([broken]);

  expect(isGreen).toBe(false);
  expect(lines[0]).toContain('the check itself broke: Error: tool not found');
});
