import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Log } from '../telemetry/log.ts';

/** The process of its own in which suspects run, so that whatever they do to it harms no neighbour. */
export class Quarantine {
  readonly #spawn: () => ChildProcess;
  readonly #log: Log;
  #child: ChildProcess | undefined;

  constructor(parts: { spawn(): ChildProcess; log: Log }) {
    this.#spawn = parts.spawn;
    this.#log = parts.log;
  }

  /** Starts the process when it does not run and so many messages wait for it. */
  attend(messages: number): void {
    if (this.#child || messages === 0) return;
    this.#log.warn({ messages }, 'jobs in quarantine, starting a process of their own');
    const child = this.#spawn();
    this.#child = child;
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      this.#log.info({ code, signal }, 'quarantine process has ended');
    });
    child.once('error', (error) => {
      if (child.pid === undefined) this.#child = undefined;
      this.#log.error({ err: error }, 'quarantine process is in trouble');
    });
  }

  /** It drains as this process does; what outlives the time is killed, and its lease expires. */
  async end(withinMs: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}
