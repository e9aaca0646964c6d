import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stackConfig } from './config.ts';
import { conversation } from './conversation.ts';
import { installRabbitmq } from './installations.ts';
import type { Program, Reporter } from './program.ts';
import { isExecutable, onSearchPath } from './program.ts';
import type { Place, Ports, Recipe } from './recipe.ts';

// Debian's `rabbitmq-server` on PATH is a wrapper that changes the user and expects systemd's directories; this is what it wraps.
const debianServer = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/**
 * Without these, RabbitMQ keeps at most 32 dead letters under way and repeats unconfirmed ones only every 180 s: after a broker
 * restart delayed jobs would come three minutes late, and a burst of retries would drain at a sixth of the speed.
 */
const rabbitmqAdvancedConfig = `[{rabbit, [
  {dead_letter_worker_publisher_confirm_timeout, 10000},
  {dead_letter_worker_consumer_prefetch, 512}
]}].
`;

// Erlang's schedulers spin while they wait, which steals the processor from the other programs of a small machine.
const erlangArguments = '-start_epmd false +sbwt none +sbwtdcpu none +sbwtdio none';

const protocolHeader = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

/** RabbitMQ with its own Erlang port mapper, cookie and node directory, so that any number of them can run side by side. */
export const rabbitmq: Recipe = {
  name: 'rabbitmq',
  program: findRabbitmq,

  async prepare(place, program) {
    const files = await writeConfiguration(place);
    const env = serverEnvironment(place, files);
    const common = { env, cwd: place.config, logFile: place.logFile };
    return [
      {
        ...common,
        command: await portMapper(program),
        args: ['-port', `${place.ports['epmd']}`, '-address', '127.0.0.1'],
      },
      { ...common, command: program.path, args: [] },
    ];
  },

  async container(place) {
    const { advanced } = await writeConfiguration(place);
    return {
      options: ['-v', `${advanced}:/etc/rabbitmq/advanced.config:ro`, '--hostname', 'millrace'],
      args: [],
      dataPath: '/var/lib/rabbitmq',
    };
  },

  async probe(ports) {
    const answer = await conversation(ports['amqp'] as number, protocolHeader);
    // A method frame (type 1) on channel 0: connection.start. A broker that is still booting refuses or closes.
    if (answer[0] !== 1) throw new Error(`the answer on port ${ports['amqp']} is not AMQP 0-9-1`);
  },

  url,
  env: (ports) => ({ AMQP_URL: url(ports) }),
};

function url(ports: Ports): string {
  return `amqp://guest:guest@127.0.0.1:${ports['amqp']}`;
}

async function findRabbitmq(report: Reporter): Promise<Program> {
  const found = await rabbitmqOnMachine();
  if (found) return found;
  await installRabbitmq(report);
  const installed = await rabbitmqOnMachine();
  if (!installed)
    throw new Error(
      'RabbitMQ was installed but rabbitmq-server is not on PATH; put its directory there, or set AMQP_URL to a running broker',
    );
  return installed;
}

async function rabbitmqOnMachine(): Promise<Program | undefined> {
  if (await isExecutable(debianServer)) return { path: debianServer, kind: 'Debian package' };
  const path = await onSearchPath('rabbitmq-server');
  return path ? { path, kind: 'on PATH' } : undefined;
}

async function portMapper(program: Program): Promise<string> {
  const beside = join(dirname(program.path), 'epmd');
  const found = (await onSearchPath('epmd')) ?? ((await isExecutable(beside)) ? beside : undefined);
  if (!found)
    throw new Error(
      `RabbitMQ needs epmd, which is part of Erlang and not on PATH (server: ${program.path}); put Erlang's bin directory on PATH`,
    );
  return found;
}

async function writeConfiguration(place: Place): Promise<{ advanced: string; plugins: string; home: string }> {
  const home = join(place.config, 'home');
  const advanced = join(place.config, 'advanced.config');
  const plugins = join(place.config, 'enabled_plugins');
  await mkdir(home, { recursive: true });
  await writeFile(advanced, rabbitmqAdvancedConfig);
  await writeFile(plugins, '[].\n');
  return { advanced, plugins, home };
}

function serverEnvironment(
  place: Place,
  files: { advanced: string; plugins: string; home: string },
): NodeJS.ProcessEnv {
  return {
    ...machineEnvironment(),
    HOME: files.home,
    // The start script then becomes the server by exec, so the process that we start is the one that a kill -9 has to hit.
    RUNNING_UNDER_SYSTEMD: 'true',
    ERL_EPMD_PORT: `${place.ports['epmd']}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Always the same: data belongs to a node name, and with a port mapper of its own no other node can be mistaken for it.
    RABBITMQ_NODENAME: 'millrace@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${place.ports['amqp']}`,
    RABBITMQ_DIST_PORT: `${place.ports['distribution']}`,
    RABBITMQ_MNESIA_BASE: place.data,
    RABBITMQ_LOG_BASE: dirname(place.logFile),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: files.plugins,
    // Does not exist on purpose: reading even an empty one costs half a second at every start.
    RABBITMQ_CONFIG_FILE: join(place.config, 'none.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: files.advanced,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlangArguments,
  };
}

/** The caller's environment without settings of some other RabbitMQ. */
function machineEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(stackConfig.environment()).filter(
    ([name]) => !/^(RABBITMQ_|ERL_|NOTIFY_SOCKET)/.test(name),
  );
  return Object.fromEntries(entries);
}
