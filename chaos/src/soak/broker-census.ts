import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningComponent } from '@millrace/stack';
import { chaosConfig } from '../config.ts';

// Debian's on PATH changes the user first; this is what it wraps.
const debianProgram = '/usr/lib/rabbitmq/bin/rabbitmqctl';
const question = 'io:format("~p ~p", [length(rabbit_channel:list()), length(rabbit_networking:connections())]).';

export type Census = { readonly channels: number; readonly connections: number };

/** Asks the broker itself, in its own language. @returns undefined where its tool is not at hand, or it does not answer. */
export async function brokerCensus(rabbitmq: RunningComponent, directory: string): Promise<Census | undefined> {
  const program = await access(debianProgram).then(
    () => debianProgram,
    () => 'rabbitmqctl',
  );
  const env = {
    ...chaosConfig.environment(),
    HOME: join(directory, 'rabbitmq/config/home'),
    ERL_EPMD_PORT: `${rabbitmq.ports['epmd']}`,
  };
  const answer = await promisify(execFile)(program, ['-q', '-n', 'millrace@localhost', 'eval', question], {
    env,
    timeout: 20_000,
  }).catch(() => undefined);
  const numbers = /(\d+) (\d+)/.exec(answer?.stdout ?? '');
  return numbers ? { channels: Number(numbers[1]), connections: Number(numbers[2]) } : undefined;
}
