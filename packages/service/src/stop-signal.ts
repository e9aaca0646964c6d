import type { Logger } from 'pino';

/**
 * Ends the process in order on SIGTERM or SIGINT, with exit code 0; with 1 when `stop` takes longer than `withinMs` or
 * something nobody caught has happened. A second signal ends it at once.
 */
export function onStopSignal(stop: () => Promise<void>, { withinMs, log }: { withinMs: number; log: Logger }): void {
  let isStopping = false;
  const begin = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => giveUp(log, withinMs), withinMs).unref();
    void stop().then(
      () => process.exit(0),
      (error: unknown) => die(log, error),
    );
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
  process.on('uncaughtException', (error) => die(log, error));
  process.on('unhandledRejection', (error) => die(log, error));
}

function giveUp(log: Logger, withinMs: number): never {
  log.error({ withinMs }, 'did not stop in time');
  process.exit(1);
}

function die(log: Logger, error: unknown): never {
  log.fatal({ err: error }, 'process ends: an error that nobody caught');
  process.exit(1);
}
