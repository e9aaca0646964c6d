import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { presets } from './presets.ts';

const guide = join(import.meta.dirname, '../../../../docs/meshes.md');

test('each preset stands in the guide with exactly what it sets', async () => {
  const told = (await readFile(guide, 'utf8')).split('\n').flatMap((line) => {
    const [, id, set] = /^\| `([a-z-]+)` \| (.+?) \| .+ \|$/.exec(line) ?? [];
    return presets.some((preset) => preset.id === id) ? [[id, set]] : [];
  });

  expect(told).toEqual(
    presets.map(({ id, parameters }) => [
      id,
      Object.entries(parameters)
        .map(([name, value]) => `\`${name}\` ${value}`)
        .join(', '),
    ]),
  );
});
