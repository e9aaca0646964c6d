import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plantRepository } from './planted-repository.ts';
import { pythonLint, pythonTypes } from './python-checks.ts';

const engine = 'services/mesh-engine';

test.each([
  ['an unused import', 'import os\n', /planted\.py:3:\d+: F401/],
  ['a public function without a docstring', 'def width() -> int:\n    return 1\n', /planted\.py:3:\d+: D103/],
  ['a function without types', 'def _width(a):\n    return a\n', /planted\.py:3:\d+: ANN/],
  ['memory that was not set', 'import numpy as np\n\nLEFT = np.empty(3)\n', /planted\.py:5:\d+: TID251/],
  ['a format of its own', 'A  =  1\n', /planted\.py/],
])('python format and lint sees %s', async (_what, text, finding) => {
  await using repository = await plantEngine(text);

  expect((await pythonLint.run(repository.root)).join('\n')).toMatch(finding);
});

test('python format and lint says nothing of a clean file', async () => {
  await using repository = await plantEngine('A = 1\n');

  expect(await pythonLint.run(repository.root)).toEqual([]);
});

test('python types sees a wrong value', async () => {
  await using repository = await plantEngine('NAME: str = 1\n');

  expect(await pythonTypes.run(repository.root)).toEqual([
    expect.stringMatching(/^mesh_engine\/planted\.py:3: error: Incompatible types/),
  ]);
});

async function plantEngine(text: string) {
  const rules = await readFile(join(import.meta.dirname, '../../..', engine, 'pyproject.toml'), 'utf8');
  return plantRepository({
    [`${engine}/pyproject.toml`]: rules,
    [`${engine}/mesh_engine/__init__.py`]: '"""Planted."""\n',
    [`${engine}/mesh_engine/planted.py`]: `"""Planted."""\n\n${text}`,
    [`${engine}/tests/test_planted.py`]: '',
    [`${engine}/bench/planted_bench.py`]: '"""Planted."""\n',
  });
}
