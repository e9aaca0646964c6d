/**
 * Writes `docs/openapi/<service>.json` for every service of the repository; with `--check` it only compares,
 * and ends with 1 and a sentence for each file that differs.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseConfig } from './config.ts';
import type { CreateFront } from './front.ts';
import type { CreateApp } from './kit.ts';
import { serviceDocument } from './service-document.ts';

const root = join(import.meta.dirname, '../../..');
const folder = 'docs/openapi';

type GeneratedFile = { readonly path: string; readonly text: string };

const files = await Promise.all((await serviceNames()).map(describe));
const stale = (await Promise.all([...files.map(staleness), strangers(files)])).flat();
if (!process.argv.includes('--check')) await write(files);
else if (stale.length > 0) {
  process.stdout.write(`${stale.join('\n')}\n`);
  process.exitCode = 1;
}

async function serviceNames(): Promise<string[]> {
  const names = await readdir(join(root, 'services'));
  return names.filter((name) => existsSync(join(root, 'services', name, 'src/app.ts'))).sort();
}

async function describe(name: string): Promise<GeneratedFile> {
  const room = join(root, 'services', name, 'src');
  const { createApp } = (await import(join(room, 'app.ts'))) as {
    createApp: CreateApp<BaseConfig> | CreateFront<BaseConfig>;
  };
  const { readConfig } = (await import(join(room, 'config.ts'))) as { readConfig: () => BaseConfig };
  const document = await serviceDocument({ name, config: readConfig(), app: createApp });
  return { path: join(folder, `${name}.json`), text: `${JSON.stringify(document, null, 2)}\n` };
}

async function staleness({ path, text }: GeneratedFile): Promise<string[]> {
  const committed = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (committed === text) return [];
  return [
    `${path} ${committed === undefined ? 'is missing' : 'is not what the routes say'}; run: node packages/service/src/openapi-files.ts`,
  ];
}

/** Files of services that are no more. */
async function strangers(wanted: readonly GeneratedFile[]): Promise<string[]> {
  const present = await readdir(join(root, folder)).catch(() => []);
  return present
    .map((file) => join(folder, file))
    .filter((path) => !wanted.some((file) => file.path === path))
    .map((path) => `${path} belongs to no service; delete it`);
}

async function write(wanted: readonly GeneratedFile[]): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await Promise.all(wanted.map(({ path, text }) => writeFile(join(root, path), text)));
}
