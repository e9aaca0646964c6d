import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const root = resolve(import.meta.dirname, '../../..');
const files = generatedFiles();
const wanted = new Set(files.map(({ path }) => path));
const folders = 'infra/k8s/{base/services,base/workers,components/hpa-per-queue,components/keda-per-queue}';
// Of a queue or a service that is no more.
const leftOver = globSync(`${folders}/*.yaml`, { cwd: root }).filter((path) => !wanted.has(path));

if (process.argv.includes('--check')) {
  const stale = files
    .filter(({ path, text }) => textOf(path) !== text)
    .map(({ path }) => `${path} is not as generated`);
  const findings = [...stale, ...leftOver.map((path) => `${path} belongs to no queue and no service`)];
  if (findings.length > 0) findings.push('write them again: node tools/kubernetes/src/main.ts');
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.exitCode = findings.length > 0 ? 1 : 0;
} else {
  for (const path of leftOver) rmSync(join(root, path));
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function textOf(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
}
