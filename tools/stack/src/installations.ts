import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackConfig } from './config.ts';
import { underInstallLock } from './install-lock.ts';
import { installed, runStep } from './installation.ts';
import type { Program, Reporter } from './program.ts';
import { isExecutable, onSearchPath } from './program.ts';

const secantusVersion = '0.5.3-beta.196';
const natsVersion = '2.12.1';
const jaegerVersion = '1.76.0';

// The folder with the go.mod that pins Jaeger and all that it stands on.
const jaegerModule = join(import.meta.dirname, '..', 'jaeger');

/** The stand-in for MongoDB, from crates.io. */
export function installSecantus(report: Reporter): Promise<Program> {
  return installed(
    {
      title: `SecantusDB ${secantusVersion}`,
      folder: `secantusdb/${secantusVersion}`,
      binary: 'secantusd-rs',
      tool: 'cargo',
      remedy: 'install Rust (https://rustup.rs) or mongod, or set MONGODB_URI to a running replica set',
      usually: 'about 8 minutes',
      step: (target) => ({
        args: [
          'install',
          'secantus-mdb',
          '--version',
          secantusVersion,
          '--ignore-rust-version',
          '--locked',
          '--root',
          target,
        ],
      }),
    },
    report,
  );
}

/** nats-server, through the Go module proxy. */
export function installNats(report: Reporter): Promise<Program> {
  return installed(
    {
      title: `nats-server ${natsVersion}`,
      folder: `nats/${natsVersion}`,
      binary: 'nats-server',
      tool: 'go',
      remedy:
        'install Go 1.24 or newer (https://go.dev/dl) or nats-server 2.10 or newer, or set NATS_URL to a running server',
      usually: 'about 25 seconds',
      step: (target) => ({
        args: ['install', `github.com/nats-io/nats-server/v2@v${natsVersion}`],
        env: { GOBIN: join(target, 'bin'), GOFLAGS: '' },
      }),
    },
    report,
  );
}

/** Jaeger v2, through the Go module proxy. Its own go.mod has a `replace`, which `go install` refuses; hence a module of ours around it. */
export function installJaeger(report: Reporter): Promise<Program> {
  return installed(
    {
      title: `Jaeger ${jaegerVersion}`,
      folder: `jaeger/${jaegerVersion}`,
      binary: 'jaeger',
      tool: 'go',
      remedy:
        'install Go 1.24 or newer (https://go.dev/dl) or jaeger 2, or set JAEGER_QUERY_URL and OTEL_EXPORTER_OTLP_ENDPOINT to a running one',
      usually: 'about 5 minutes',
      step: (target) => ({
        args: [
          'build',
          '-mod=readonly',
          '-buildvcs=false',
          '-trimpath',
          '-ldflags=-s -w',
          '-o',
          join(target, 'bin', 'jaeger'),
          'github.com/jaegertracing/jaeger/cmd/jaeger',
        ],
        cwd: jaegerModule,
        env: { GOFLAGS: '' },
      }),
    },
    report,
  );
}

/** Debian's RabbitMQ, where this user may install packages. @throws with the remedy everywhere else. */
export async function installRabbitmq(report: Reporter): Promise<void> {
  const apt = await onSearchPath('apt-get');
  if (!apt || process.getuid?.() !== 0) {
    throw new Error(
      `RabbitMQ is not installed and ${apt ? 'only root may install it here' : 'there is no apt-get here'}; install rabbitmq-server (apt-get install rabbitmq-server, brew install rabbitmq), or set AMQP_URL to a running broker`,
    );
  }
  await installDebianPackage('rabbitmq-server', apt, report);
}

/** Debian's nats-server, which is older than wanted. @returns where it is; undefined where this user may not install packages. */
export async function installDebianNats(report: Reporter): Promise<string | undefined> {
  const apt = await onSearchPath('apt-get');
  if (!apt || process.getuid?.() !== 0) return undefined;
  await installDebianPackage('nats-server', apt, report);
  return onSearchPath('nats-server');
}

/** Debian's Chromium, where this user may install packages. @returns where it is. @throws with the remedy everywhere else. */
export async function installChromium(report: Reporter): Promise<string> {
  const apt = await onSearchPath('apt-get');
  if (apt && process.getuid?.() === 0) await installDebianPackage('chromium', apt, report);
  const path = await onSearchPath('chromium');
  if (!path)
    throw new Error('Chromium is not installed; install chromium (apt-get install chromium, brew install chromium)');
  return path;
}

/** Installs a package of Debian, without starting what it brings. */
export async function installDebianPackage(name: string, command: string, report: Reporter): Promise<void> {
  const directory = join(stackConfig.cacheDirectory(), 'debian');
  await mkdir(directory, { recursive: true });
  const common = {
    command,
    cwd: directory,
    env: { ...stackConfig.environment(), DEBIAN_FRONTEND: 'noninteractive' },
    logFile: join(directory, `${name}.log`),
  };
  const steps = async () => {
    await runStep("reading Debian's package lists", 'about 10 seconds', { ...common, args: ['update'] }, report);
    await runStep(
      `installing Debian's ${name}`,
      'about 1 minute',
      { ...common, args: ['install', '-y', '--no-install-recommends', name] },
      report,
    );
  };
  await underInstallLock(join(directory, 'apt.lock'), report, () => withoutServiceStart(steps));
}

/** Debian starts a server right after installing it, on the default ports; this asks it not to, in the way that Debian documents. */
async function withoutServiceStart(work: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  if (await isExecutable(policy)) return work();
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    await rm(policy, { force: true });
  }
}
