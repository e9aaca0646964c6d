import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { ComponentRow } from './component-table.ts';
import { stackConfig } from './config.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { startGuarded } from './guarded-process.ts';
import { runStep } from './installation.ts';
import type { Reporter } from './program.ts';
import type { Place } from './recipe.ts';
import { watchdog } from './watchdog.ts';

const answerWithinMs = 5_000;
const run = promisify(execFile);

let daemonAnswers: Promise<boolean> | undefined;

/** True where a Docker daemon answers within 5 s and `DOCKER=off` does not forbid it; asked once per process. */
export function isDockerThere(): Promise<boolean> {
  daemonAnswers ??= stackConfig.isDockerAllowed()
    ? run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: answerWithinMs }).then(
        () => true,
        () => false,
      )
    : Promise.resolve(false);
  return daemonAnswers;
}

/** Names that belong to one directory: the same container and volume for the same place on this machine. */
export function containerName(component: string, directory: string): string {
  return `millrace-${component}-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
}

/** Fetches an image that this machine does not have yet, with progress: the start of a container has only so much time to answer. */
export async function fetchImage(image: string, place: Place, report: Reporter): Promise<void> {
  const isHere = await run('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  );
  if (isHere) return;
  const env = stackConfig.environment();
  const launch = {
    command: 'docker',
    args: ['pull', '--quiet', image],
    env,
    cwd: place.config,
    logFile: place.logFile,
  };
  await runStep(`fetching ${image}`, 'about 1 minute', launch, report);
}

/** Starts a container in the foreground; its data lives in a volume of the same name. The result behaves like a local process. */
export async function startContainer(
  name: string,
  row: ComponentRow,
  place: Place,
  container: { options: string[]; args: string[]; dataPath: string },
): Promise<GuardedProcess> {
  const published = Object.entries(row.ports)
    .filter(([role]) => !row.privatePorts.includes(role))
    .flatMap(([role, inside]) => ['-p', `127.0.0.1:${place.ports[role]}:${inside}`]);
  await removeContainer(name);
  const args = [
    'run',
    '--rm',
    '--init',
    '--name',
    name,
    ...published,
    '-v',
    `${name}:${container.dataPath}`,
    ...container.options,
    row.image,
    ...container.args,
  ];
  const client = await startGuarded({
    command: 'docker',
    args,
    env: stackConfig.environment(),
    cwd: place.config,
    logFile: place.logFile,
  });
  watchdog.guardContainer(name);
  return containerAsProcess(name, client);
}

/** Deletes the data of a container that does not run. */
export async function removeVolume(name: string): Promise<void> {
  await removeContainer(name);
  await run('docker', ['volume', 'rm', '--force', name]);
}

function containerAsProcess(name: string, client: GuardedProcess): GuardedProcess {
  const end = async () => {
    await removeContainer(name);
    await client.stop();
    watchdog.releaseContainer(name);
  };
  return {
    pid: client.pid,
    ended: client.ended,
    hasEnded: client.hasEnded,
    // A signal would reach only the container's init.
    signal: (signal) => void run('docker', [signal === 'SIGSTOP' ? 'pause' : 'unpause', name]).then(ignore, ignore),
    stop: async () => {
      await run('docker', ['stop', '--time', '20', name]).then(ignore, ignore);
      await end();
    },
    kill: end,
  };
}

async function removeContainer(name: string): Promise<void> {
  await run('docker', ['rm', '--force', name]).then(ignore, ignore);
}

function ignore(): void {}
