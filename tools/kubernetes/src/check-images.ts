import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readDockerfile, wordsOf } from './dockerfile.ts';

/** Images that the manifests run, by the places of their Dockerfiles. */
const dockerfiles = ['Dockerfile', 'services/mesh-engine/Dockerfile'];

/** The user of the manifests. */
const USER = '10001:10001';
/** These pass no signal on, so that a pod would never hear its SIGTERM. */
const shells = ['sh', 'bash', 'npm', 'npx', 'pnpm', 'make'];

/** What is wrong with the Dockerfiles of a checkout; without a daemon that would build them. */
export async function checkImages(root: string): Promise<string[]> {
  const workspace = parse(await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8')) as { catalog: { node: string } };
  const findings = await Promise.all(
    dockerfiles.map(async (path) =>
      imageFaults(path, await readFile(join(root, path), 'utf8'), workspace.catalog.node),
    ),
  );
  return findings.flat();
}

/** @param node the version that the workspace names. @returns a sentence for each fault. */
export function imageFaults(path: string, text: string, node: string): string[] {
  const stages = readDockerfile(text);
  const last = stages.at(-1);
  if (!last) return [`${path} has no stage`];
  const user = last.instructions.findLast(({ name }) => name === 'USER')?.text;
  const command = wordsOf(last, 'CMD');
  const wanted: [boolean, string][] = [
    [stages.length > 1, 'builds in the image that runs; give the build a stage of its own'],
    [user === USER, `runs as ${user ?? 'root'}, and the manifests say ${USER}`],
    [wordsOf(last, 'HEALTHCHECK') !== undefined, 'has no HEALTHCHECK in its JSON form'],
    [
      command !== undefined && !shells.includes(command[0] ?? ''),
      'starts by way of a shell, which passes no SIGTERM on',
    ],
    [
      last.instructions.every(({ name, text: copied }) => name !== 'COPY' || copied.startsWith('--from=')),
      'copies from the checkout into the image that runs; copy from the stage that builds',
    ],
  ];
  return [
    ...stages.flatMap(({ image }) => baseFaults(image, node)),
    ...wanted.filter(([holds]) => !holds).map(([, sentence]) => sentence),
  ].map((fault) => `${path} ${fault}`);
}

function baseFaults(image: string, node: string): string[] {
  const version = /^[^:@]+:(\d+\.\d+\.\d+)\b|@sha256:/.exec(image);
  if (!version) return [`stands on ${image}, which changes: name a whole version or a digest`];
  const isOtherNode = image.startsWith('node:') && version[1] !== node;
  return isOtherNode ? [`stands on ${image}, and the workspace on Node ${node}`] : [];
}
