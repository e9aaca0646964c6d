import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CRASH_POINTS, crashPoint, onCrashPoint } from './crash-points.ts';

const rooms = resolve(import.meta.dirname, '..');

/** Every name that the code passes to `crashPoint`, tests and the table itself apart. */
async function namesInTheCode(): Promise<string[]> {
  const files = (await readdir(rooms, { recursive: true })).filter(
    (file) =>
      file.endsWith('.ts') && !/(\.test|-under-test|-for-tests)\.ts$/.test(file) && !file.includes('crash-points.ts'),
  );
  const texts = await Promise.all(files.map((file) => readFile(resolve(rooms, file), 'utf8')));
  const calls = texts.flatMap((text) => [...text.matchAll(/crashPoint\(([^;]*)\);/g)].map(([, names = '']) => names));
  return calls.flatMap((names) => [...names.matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, name = '']) => name));
}

test('each crash point of the table stands in the code once, and each of the code in the table', async () => {
  expect((await namesInTheCode()).toSorted()).toEqual([...CRASH_POINTS].toSorted());
});

test('a crash point calls whoever listens, and nobody afterwards', () => {
  const heard: string[] = [];

  onCrashPoint((point) => heard.push(point));
  crashPoint('claim.read');
  onCrashPoint(undefined);
  crashPoint('claim.written');

  expect(heard).toEqual(['claim.read']);
});
