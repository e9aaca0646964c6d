import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/stack';
import { type ChaosRecord, type Plant, page } from './report.ts';
import type { Outcome } from './scenario.ts';

const fileIn = (root: string) => join(root, 'docs/reliability.json');

/** What the copy of this project at `root` has measured; nothing when it has measured nothing. */
export async function readRecord(root: string): Promise<ChaosRecord> {
  const text = await readFile(fileIn(root), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"outcomes":{},"plants":{}}';
    throw error;
  });
  return JSON.parse(text) as ChaosRecord;
}

/** Keeps what an experiment has found in place of what it has found before. */
export async function noteOutcome(outcome: Outcome, run: { seed: number; isLong: boolean }): Promise<void> {
  const { outcomes, plants } = await readRecord(repositoryRoot);
  const circumstances = { at: new Date().toISOString(), ...run, machine, load: Math.round(loadavg()[0] ?? 0) };
  await write({ outcomes: { ...outcomes, [outcome.name]: { ...outcome, ...circumstances } }, plants });
}

/** Keeps what an experiment has said of a breakage. */
export async function notePlant(plant: Omit<Plant, 'at'>): Promise<void> {
  const { outcomes, plants } = await readRecord(repositoryRoot);
  await write({ outcomes, plants: { ...plants, [plant.name]: { ...plant, at: new Date().toISOString() } } });
}

const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

const aboveProject = /(?:file:\/\/)?\/[^\s"]*?\/(?=(?:chaos|packages|services|tests|tools|node_modules)\/)/g;

async function write(record: ChaosRecord): Promise<void> {
  // Where the project lies on this machine is nobody's business.
  const text = JSON.stringify(record, undefined, 2).replaceAll(aboveProject, '');
  await writeFile(fileIn(repositoryRoot), `${text}\n`);
  await writeFile(join(repositoryRoot, 'docs/reliability.md'), page(JSON.parse(text) as ChaosRecord));
}
