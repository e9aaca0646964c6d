import { createHash } from 'node:crypto';
import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Document } from 'mongodb';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Operator } from './operator.ts';

type Row = Document & { _id: string };
type Artifact = { readonly key: string; readonly sha256: string; readonly bytes: number };

export type Files = { files: number; orphaned: number; missing: number; repositories: number };

/** An hour older than they are: clean-ups leave alone what is young, and a run has no hour to wait. */
const agedSeconds = 7_200;

/** Has the services clean up what died half-made, then compares every file with the rows that name it. */
export async function checkFiles(
  cluster: Pick<WholeCluster, 'database' | 'folders'>,
  operator: Operator,
): Promise<{ files: Files; faults: string[] }> {
  const { artifacts, repositories } = cluster.folders;
  await age(artifacts);
  const cleaned = [
    await operator.perform('mesh-orchestrator', 'storage.clean', { graceSeconds: 60 }),
    await operator.perform('projects', 'image.clean', { graceSeconds: 60 }),
  ];
  const keys = (await filesBelow(artifacts)).map((file) => relative(artifacts, file));
  const known = await knownFiles(cluster);
  const orphans = keys.filter((key) => !known.isNeeded(key));
  const missing = await missingOf(artifacts, known.shown);
  const repositoryFaults = await checkRepositories(cluster, repositories);
  return {
    files: {
      files: keys.length,
      orphaned: orphans.length,
      missing: missing.length,
      repositories: (await readdir(repositories)).length,
    },
    faults: [
      ...cleaned.filter((state) => state !== 'completed').map((state) => `a clean-up of files is ${state}`),
      ...orphans.map((key) => `nothing needs the file ${key}`),
      ...missing.map((key) => `the file ${key} is missing or not what its row says`),
      ...repositoryFaults,
    ],
  };
}

/** Files and folders below, however deep. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function age(folder: string): Promise<void> {
  const then = Date.now() / 1_000 - agedSeconds;
  for (const file of await filesBelow(folder)) await utimes(file, then, then).catch(() => undefined);
}

/** What rows say of files: those that are shown, and whether a file belongs to anything. */
async function knownFiles({ database }: Pick<WholeCluster, 'database'>) {
  const meshes = await database('mesh-orchestrator').collection<Row>('meshes').find({ status: 'completed' }).toArray();
  const images = await database('projects').collection<Row>('images').find().toArray();
  const projects = await database('projects').collection<Row>('projects').find().toArray();
  const shown: Artifact[] = [
    ...meshes.flatMap((mesh) => mesh['result'].artifacts as Artifact[]),
    ...images.map(({ key, sha256, bytes }) => ({ key, sha256, bytes }) as unknown as Artifact),
  ];
  const keys = new Set(shown.map(({ key }) => key));
  const meshFolders = new Set(shown.filter(({ key }) => key.startsWith('meshes/')).map(({ key }) => dirname(key)));
  const projectIds = new Set(projects.map(({ _id }) => _id));
  const isNeeded = (key: string) => {
    const [top, id, room] = key.split('/');
    // The engine's own, for as long as it runs.
    if (top === '.spool') return room === 'lock';
    if (top === 'meshes') return meshFolders.has(dirname(key));
    if (top === 'projects' && room === 'images') return keys.has(key);
    // What a workspace holds besides pictures are the marks of its folders.
    return projectIds.has(id ?? '');
  };
  return { shown, isNeeded };
}

async function missingOf(artifacts: string, shown: readonly Artifact[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { key, sha256, bytes } of new Map(shown.map((one) => [one.key, one])).values()) {
    const content = await readFile(join(artifacts, key)).catch(() => undefined);
    const isRight = content?.length === bytes && createHash('sha256').update(content).digest('hex') === sha256;
    if (!isRight) missing.push(key);
  }
  return missing;
}

/** One repository, with both of its branches, for each project that was set up; none besides. */
async function checkRepositories({ database }: Pick<WholeCluster, 'database'>, folder: string): Promise<string[]> {
  const ready = await database('projects')
    .collection<Row>('projects')
    .find({ status: { $in: ['ready', 'failed'] } })
    .toArray();
  const wanted = new Set(ready.map(({ _id }) => `${_id}.git`));
  const found = await readdir(folder);
  const faults = found.filter((name) => !wanted.has(name)).map((name) => `no project needs the repository ${name}`);
  for (const name of wanted) {
    const branches = await Promise.allSettled(
      ['main', 'develop'].map((branch) => stat(join(folder, name, 'refs/heads', branch))),
    );
    if (branches.some(({ status }) => status === 'rejected'))
      faults.push(`the repository ${name} is missing or has no branches`);
  }
  return faults;
}
