import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import type { Contestant } from './contestant.ts';

const logger = new Logger(() => () => undefined);

export const graphileWorker: Contestant = {
  name: 'graphile-worker, PostgreSQL',
  promises: 'an accepted job survives the machine; nothing is kept of it once it has succeeded',
  async produce({ postgresUrl: connectionString, name: schema }) {
    const utils = await makeWorkerUtils({ connectionString, schema, logger });
    await utils.migrate();
    return (index) => utils.addJob('noop', { index });
  },
  async work({ postgresUrl: connectionString, name: schema }, { inFlight, perform }) {
    const noop = async (payload: unknown) => perform((payload as { index: number }).index);
    await run({ connectionString, schema, concurrency: inFlight, logger, noHandleSignals: true, taskList: { noop } });
  },
};
