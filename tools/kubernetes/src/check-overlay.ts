import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { kubernetesValidate, kubeScore } from '@millrace/stack';
import { checkScaledObjects } from './check-scaled-objects.ts';
import type { Queue } from './queues.ts';
import { resourcesOf } from './rendered.ts';
import { violations } from './rules.ts';

/** The oldest version that is served, and the newest that the schemas know. */
const apiVersions = ['1.34', '1.37'];
/** Opinions of the linter that this project does not share. */
const linterArgs = [
  'score',
  '--output-format=ci',
  // Node would be throttled in the middle of a heartbeat.
  '--ignore-container-cpu-limit',
  // Versions are pinned, so that an image which is there is the right one; ephemeral storage is asked for where it is used.
  '--ignore-test=container-image-pull-policy',
  // Spread by topologySpreadConstraints, which the linter does not read.
  '--ignore-test=deployment-has-host-podantiaffinity,statefulset-has-host-podantiaffinity',
];

const report = (line: string) => void process.stderr.write(`${line}\n`);

/** Everything that is wrong with a rendered overlay: by the API's schemas, by the linter, by the project's own rules. */
export async function checkRendered(text: string, file: string, queues: readonly Queue[]): Promise<string[]> {
  await writeFile(file, text);
  const resources = resourcesOf(text);
  const judged = await Promise.all([
    ...apiVersions.map((version) => bySchema(file, version)),
    byLinter(file),
    checkScaledObjects(resources, report),
  ]);
  return [...judged.flat(), ...violations(resources, queues)];
}

async function bySchema(file: string, version: string): Promise<string[]> {
  const python = await kubernetesValidate(report);
  const args = ['-m', 'kubernetes_validate', '--strict', '-k', version, file];
  const { code, output } = await answerOf(python.path, args);
  if (code === 0) return [];
  // A kind of its own, which is held to the definition of its operator.
  const lines = output.split('\n').filter((line) => !/^INFO|kind ScaledObject/.test(line) && line !== '');
  return lines.map((line) => `Kubernetes ${version}: ${line}`);
}

async function byLinter(file: string): Promise<string[]> {
  const linter = await kubeScore(report);
  const { output } = await answerOf(linter.path, [...linterArgs, file]);
  const lines = output.split('\n');
  const critical = lines.filter((line) => line.startsWith('[CRITICAL]'));
  return lines.some((line) => line.startsWith('[OK]')) ? critical : [`kube-score said nothing of use: ${output}`];
}

function answerOf(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((settle) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      settle({ code: error ? 1 : 0, output: `${stdout}${stderr}` }),
    );
  });
}
