import { type ChildProcess, spawn } from 'node:child_process';
import { childEnvironment } from './config.ts';

/** How long a quarantine process waits for another suspect before it ends. */
export const quarantineIdleMs = 10_000;

/** This program once more, for the jobs that have killed their process before: whatever they do to it harms no neighbour. */
export const spawnQuarantine = (): ChildProcess =>
  spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: childEnvironment({ RUN: 'quarantine', PORT: '0' }),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
