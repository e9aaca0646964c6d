import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentName } from './component-table.ts';
import { componentNames, componentTable } from './component-table.ts';
import { containerName, fetchImage, isDockerThere, removeVolume, startContainer } from './docker.ts';
import { freePort, isPortFree } from './free-port.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { startGuarded } from './guarded-process.ts';
import { lastLines } from './installation.ts';
import { jaeger } from './jaeger.ts';
import { mongodb } from './mongodb.ts';
import { nats } from './nats.ts';
import { untilPaused } from './process-tree.ts';
import type { Reporter } from './program.ts';
import { rabbitmq } from './rabbitmq.ts';
import type { Place, Ports, Recipe } from './recipe.ts';

const answersWithinMs = 90_000;
const probePauseMs = 50;

const recipes: Readonly<Record<ComponentName, Recipe>> = { rabbitmq, nats, mongodb, jaeger };

type StartOptions = {
  /** Data, configuration and log live in `<directory>/<component>`. */
  directory: string;
  /** The component's main port; free ones by default. */
  port?: number;
  /** Single ports by role, as in the component table. */
  ports?: Ports;
  /** Default: `<directory>/<component>/<component>.log`. */
  logFile?: string;
  /** Default: a container where a Docker daemon answers, else local processes. */
  launch?: 'container' | 'processes';
  onProgress?: Reporter;
};

/** A private instance of a component, on loopback ports that stay the same for its life. */
export type RunningComponent = {
  readonly name: ComponentName;
  /** amqp://, nats://, mongodb:// or, of Jaeger, the query API's http://. */
  readonly url: string;
  /** The variables by which services find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: Ports;
  readonly logFile: string;
  /** Of the present process; changes with `start()`. */
  readonly pid: number;
  isRunning(): boolean;
  /** Resolves with the reason when the present process ends, expected or not. */
  ended(): Promise<string>;
  /** SIGKILL (default) and SIGTERM resolve when the whole process tree is gone, SIGSTOP when it answers nothing any more, SIGCONT at once. */
  kill(signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again after `kill` or `stop`: same ports, same data. Nothing happens when it runs. */
  start(): Promise<void>;
  /** Deletes the data. @throws while it runs. */
  wipe(): Promise<void>;
  /** Graceful; keeps the data; safe to call twice. */
  stop(): Promise<void>;
};

/** Starts a private instance and resolves when it answers in its own protocol. @throws one sentence with the remedy: missing toolchain, port in use, server that does not start. */
export async function startComponent(name: ComponentName, options: StartOptions): Promise<RunningComponent> {
  const recipe = recipes[name];
  const place = await makePlace(name, options);
  const report = options.onProgress ?? (() => {});
  const launcher = (await choosesContainer(options))
    ? inContainer(recipe, place, report)
    : asProcesses(recipe, place, report);
  const component = runningComponent(recipe, place, launcher);
  await component.start();
  return component;
}

async function choosesContainer({ launch }: StartOptions): Promise<boolean> {
  return launch ? launch === 'container' : isDockerThere();
}

/** Deletes what instances below this directory kept, containers' volumes included. They must not run. */
export async function deleteComponentData(directory: string): Promise<void> {
  if (await isDockerThere()) {
    for (const name of componentNames) await removeVolume(containerName(name, join(resolve(directory, name), 'data')));
  }
  await rm(directory, { recursive: true, force: true });
}

/** @throws when somebody listens on one of these ports, with the remedy. */
export async function assertPortsFree(name: ComponentName, ports: Ports): Promise<void> {
  const { title, urlVariable } = componentTable[name];
  for (const [role, port] of Object.entries(ports)) {
    if (await isPortFree(port)) continue;
    throw new Error(
      `${title} needs port ${port} (${role}) and another program listens there; stop that program, set FREE_PORTS=1 to take free ports, or set ${urlVariable} to use what runs there`,
    );
  }
}

/** How an instance is brought up and how its data is deleted: as local processes or in a container. */
type Launcher = { up(): Promise<GuardedProcess[]>; wipe(): Promise<void> };

function runningComponent(recipe: Recipe, place: Place, launcher: Launcher): RunningComponent {
  let processes: GuardedProcess[] = [];
  const server = () => processes.at(-1);
  const isRunning = () => server()?.hasEnded() === false;

  const end = async (how: 'kill' | 'stop') => {
    // The server before its helpers.
    for (const one of processes.toReversed()) await one[how]();
  };
  return {
    name: recipe.name,
    url: recipe.url(place.ports),
    env: recipe.env(place.ports),
    ports: place.ports,
    logFile: place.logFile,
    get pid() {
      return server()?.pid ?? 0;
    },
    isRunning,
    ended: async () => (await server()?.ended) ?? 'not started',
    kill: async (signal = 'SIGKILL') => {
      if (signal === 'SIGKILL') await end('kill');
      else if (signal === 'SIGTERM') await end('stop');
      else await pauseOrGoOn(server(), signal);
    },
    start: async () => {
      if (isRunning()) return;
      await end('kill');
      await assertPortsFree(recipe.name, place.ports);
      processes = await launcher.up();
      await untilItAnswers(recipe, place, processes);
    },
    wipe: async () => {
      if (isRunning())
        throw new Error(
          `${recipe.name} runs (pid ${server()?.pid}); its data can be deleted only after kill() or stop()`,
        );
      await launcher.wipe();
    },
    stop: () => end('stop'),
  };
}

async function pauseOrGoOn(server: GuardedProcess | undefined, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  server?.signal(signal);
  if (server && signal === 'SIGSTOP') await untilPaused(server.pid);
}

function asProcesses(recipe: Recipe, place: Place, report: Reporter): Launcher {
  return {
    up: async () => {
      const program = await recipe.program(report);
      await mkdir(place.data, { recursive: true });
      const processes: GuardedProcess[] = [];
      for (const launch of await recipe.prepare(place, program)) processes.push(await startGuarded(launch));
      return processes;
    },
    wipe: () => rm(place.data, { recursive: true, force: true }),
  };
}

function inContainer(recipe: Recipe, place: Place, report: Reporter): Launcher {
  const name = containerName(recipe.name, place.data);
  return {
    up: async () => {
      const row = componentTable[recipe.name];
      await fetchImage(row.image, place, report);
      return [await startContainer(name, row, place, await recipe.container(place))];
    },
    wipe: () => removeVolume(name),
  };
}

async function makePlace(name: ComponentName, options: StartOptions): Promise<Place> {
  const directory = resolve(options.directory, name);
  const logFile = resolve(options.logFile ?? join(directory, `${name}.log`));
  const place = {
    data: join(directory, 'data'),
    config: join(directory, 'config'),
    logFile,
    ports: await choosePorts(name, options),
  };
  for (const needed of [place.config, dirname(logFile)]) await mkdir(needed, { recursive: true });
  return place;
}

async function choosePorts(name: ComponentName, { port, ports }: StartOptions): Promise<Ports> {
  const roles = Object.keys(componentTable[name].ports);
  const chosen: Record<string, number> = {};
  for (const role of roles) {
    const given = ports?.[role] ?? (role === roles[0] ? port : undefined);
    chosen[role] = given ?? (await freePort());
  }
  return chosen;
}

async function untilItAnswers(recipe: Recipe, place: Place, processes: GuardedProcess[]): Promise<void> {
  const deadline = Date.now() + answersWithinMs;
  for (;;) {
    const refusal = await recipe.probe(place.ports).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) return;
    const isDead = processes.some((one) => one.hasEnded());
    if (isDead || Date.now() > deadline) return giveUp(recipe, place, processes, refusal);
    await delay(probePauseMs);
  }
}

async function giveUp(recipe: Recipe, place: Place, processes: GuardedProcess[], refusal: unknown): Promise<never> {
  const dead = processes.find((one) => one.hasEnded());
  const what = dead
    ? `ended with ${await dead.ended} before it answered`
    : `did not answer within ${answersWithinMs / 1000} s`;
  for (const one of processes.toReversed()) await one.kill();
  throw new Error(
    `${componentTable[recipe.name].title} ${what}; its log ${place.logFile} ends with:\n${await lastLines(place.logFile)}`,
    { cause: refusal },
  );
}
