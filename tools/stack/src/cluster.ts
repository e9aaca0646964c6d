import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkoutVersion } from './checkout-version.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ComponentName } from './component-table.ts';
import { componentNames, componentTable } from './component-table.ts';
import { stackConfig } from './config.ts';
import { freePort, isPortFree } from './free-port.ts';
import { keepAlive } from './kept-alive.ts';
import { meshEngineRow, startMeshEngineProcess } from './mesh-engine-process.ts';
import type { NodeProcess } from './node-process.ts';
import { repositoryRoot, startServiceProcess, startSimulatorProcess } from './node-process.ts';
import type { Reporter } from './program.ts';
import type { Ports } from './recipe.ts';
import type { ServiceRow, SimulatorRow } from './service-table.ts';
import { consoleRow, serviceTable, simulatorTable } from './service-table.ts';
import { assertPortsFree, startComponent } from './start-component.ts';

export type ClusterOptions = {
  /** Data and configuration of the components. */
  directory: string;
  logDirectory: string;
  /** The usual ports, or free ones. */
  freePorts: boolean;
  report: Reporter;
  /** Called when a part has another process than before. */
  onChange?: () => void;
};

export type Cluster = {
  /** A snapshot. */
  state(): Pick<ClusterState, 'parts' | 'env'>;
  /** Services first, so that they can drain; data is kept. Safe to call twice. */
  stop(): Promise<void>;
};

type Part = {
  name: string;
  url: string;
  log: string;
  pid(): number;
  env: Record<string, string>;
  stop(): Promise<void>;
};

/** Starts components, then simulators, services and the mesh engine, each group at once, and keeps them alive. A component whose URL variable is set is not started but used. @throws after stopping what was started, one sentence with the remedy. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const parts: Part[] = [];
  const env: Record<string, string> = {};
  const addAll = async (starts: Promise<Part>[]) => {
    const outcomes = await Promise.allSettled(starts);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') parts.push(outcome.value);
    }
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    for (const part of parts) Object.assign(env, part.env);
  };
  const stop = async () => {
    for (const group of [parts.filter(isService), parts.filter((part) => !isService(part))])
      await Promise.all(group.map((part) => part.stop()));
  };

  const ports = await choosePorts(options);
  try {
    await addAll(componentNames.filter(isUnset).map((name) => componentPart(name, options)));
    await addAll(absentSimulators().map((row) => simulatorPart(row, ports, options)));
    Object.assign(env, addresses(ports, options), {
      VERSION: stackConfig.variable('VERSION') ?? (await checkoutVersion()),
    });
    await addAll([
      ...existingServices().map((row) => servicePart(row.name, ports[row.name] as number, { ...env }, options)),
      ...absentMeshEngine().map((row) => meshEnginePart(ports[row.name] as number, { ...env }, options)),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  const state = () => ({
    parts: parts.map((part) => ({ name: part.name, url: part.url, pid: part.pid(), log: part.log })),
    env: { ...givenUrls(), ...env },
  });
  return { state, stop };
}

/** Where the parts that Millrace writes itself find each other, and what they share. Variables that are set win. */
function addresses(ports: Record<string, number>, { directory }: ClusterOptions): Record<string, string> {
  const found: Record<string, string> = {
    ...Object.fromEntries(programs.map((row) => [row.urlVariable, `http://127.0.0.1:${ports[row.name]}`])),
    [meshEngineRow.addressVariable]: `127.0.0.1:${ports[meshEngineRow.name]}`,
    ARTIFACTS_URL: pathToFileURL(join(directory, 'artifacts')).href,
    CALLBACK_SECRET: randomBytes(24).toString('base64url'),
  };
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, stackConfig.variable(name) ?? value]));
}

/** Our own, the console among them. */
const programs: readonly ServiceRow[] = [consoleRow, ...serviceTable];

const isService = (part: Part): boolean => programs.some((row) => row.name === part.name);

const isUnset = (name: ComponentName): boolean => !stackConfig.variable(componentTable[name].urlVariable);

/** Variables of components that somebody else runs; services inherit them, other programs read them from the state. */
function givenUrls(): Record<string, string> {
  const names = [
    ...componentNames.map((name) => componentTable[name].urlVariable),
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    ...simulatorTable.map((row) => row.urlVariable),
  ];
  return Object.fromEntries(
    names.flatMap((name) => (stackConfig.variable(name) ? [[name, stackConfig.variable(name) as string]] : [])),
  );
}

/** All ports are looked at before anything starts: a person hears of a taken one at once. @returns those of simulators and services. */
async function choosePorts({ freePorts }: ClusterOptions): Promise<Record<string, number>> {
  for (const name of componentNames.filter(isUnset)) await assertPortsFree(name, freePorts ? {} : usualPorts(name));
  return nodePorts(
    [...absentSimulators(), ...absentSimulators().flatMap(doorOf), ...programs, ...absentMeshEngine()],
    freePorts,
  );
}

async function componentPart(name: ComponentName, options: ClusterOptions): Promise<Part> {
  const startedAt = Date.now();
  const log = join(options.logDirectory, `${name}.log`);
  const ports = options.freePorts ? {} : usualPorts(name);
  const component = await startComponent(name, {
    directory: options.directory,
    logFile: log,
    ports,
    onProgress: options.report,
  });
  options.report(`${componentTable[name].title} runs at ${withoutSecret(component.url)} (${seconds(startedAt)})`);
  const watch = keepAlive(
    { name, start: component.start, stop: component.stop, ended: component.ended },
    options.report,
    options.onChange,
  );
  return { name, url: component.url, log, pid: () => component.pid, env: { ...component.env }, stop: watch.stop };
}

function usualPorts(name: ComponentName): Ports {
  const { ports, privatePorts } = componentTable[name];
  return Object.fromEntries(Object.entries(ports).filter(([role]) => !privatePorts.includes(role)));
}

function absentSimulators(): SimulatorRow[] {
  const hasSimulators = existsSync(join(repositoryRoot, 'tools/simulators/src/main.ts'));
  return simulatorTable.filter((row) => hasSimulators && !stackConfig.variable(row.urlVariable));
}

async function simulatorPart(row: SimulatorRow, ports: Record<string, number>, options: ClusterOptions): Promise<Part> {
  const { name, door, path = '' } = row;
  const [port, doorPort] = [ports[name] as number, ports[doorName(name)]];
  const part = await nodePart(name, options, (logFile) =>
    startSimulatorProcess(name, { port, doorPort, env: stackConfig.environment(), logFile }),
  );
  options.report(`${name} is played by a simulator; set ${row.urlVariable} to use a real one`);
  const found = door
    ? { [row.urlVariable]: `${door.scheme}://127.0.0.1:${doorPort}`, [door.shownAs]: part.url }
    : { [row.urlVariable]: `${part.url}${path}` };
  return { ...part, env: { ...row.environment, ...found } };
}

const doorName = (name: string): string => `the door of ${name}`;

const doorOf = ({ name, door }: SimulatorRow) => (door ? [{ ...door, name: doorName(name) }] : []);

const absentMeshEngine = () => (stackConfig.variable(meshEngineRow.addressVariable) ? [] : [meshEngineRow]);

/** It has fewer seconds to drain than elsewhere: what it lets go of is asked for again. */
function meshEnginePart(port: number, found: Record<string, string>, options: ClusterOptions): Promise<Part> {
  const env = { ...stackConfig.environment(), ...stackConfig.unlessSet({ DRAIN_SECONDS: '5', ...found }) };
  return nodePart(meshEngineRow.name, options, (logFile) =>
    startMeshEngineProcess({ port, env, logFile, report: options.report }),
  );
}

const existingServices = () =>
  programs.filter((row) => existsSync(join(repositoryRoot, 'services', row.name, 'src/main.ts')));

async function nodePorts(
  rows: readonly Pick<ServiceRow, 'name' | 'port' | 'portVariable'>[],
  freePorts: boolean,
): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  for (const { name, port: usual, portVariable } of rows) {
    const given = stackConfig.variable(portVariable);
    const port = given ? Number(given) : freePorts ? await freePort() : usual;
    if (!(await isPortFree(port))) {
      throw new Error(
        `${name} needs port ${port} and another program listens there; stop that program, or set ${portVariable} to another port (FREE_PORTS=1 takes free ones for everything)`,
      );
    }
    ports[name] = port;
  }
  return ports;
}

function servicePart(
  name: string,
  port: number,
  found: Record<string, string>,
  options: ClusterOptions,
): Promise<Part> {
  const env = { ...stackConfig.environment(), ...stackConfig.unlessSet(found) };
  return nodePart(name, options, (logFile) => startServiceProcess(name, { port, env, logFile }));
}

async function nodePart(
  name: string,
  options: ClusterOptions,
  startProcess: (logFile: string) => Promise<Pick<NodeProcess, 'url' | 'pid' | 'stop' | 'ended'>>,
): Promise<Part> {
  const startedAt = Date.now();
  const log = join(options.logDirectory, `${name}.log`);
  let present = await startProcess(log);
  options.report(`${name} runs at ${present.url} (${seconds(startedAt)})`);
  const unit = {
    name,
    start: async () => {
      present = await startProcess(log);
    },
    stop: () => present.stop(),
    ended: () => present.ended,
  };
  const watch = keepAlive(unit, options.report, options.onChange);
  return { name, url: present.url, log, pid: () => present.pid, env: {}, stop: watch.stop };
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

const withoutSecret = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
