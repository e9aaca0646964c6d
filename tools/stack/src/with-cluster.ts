import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import type { ClusterState } from './cluster-state.ts';
import { millraceDirectory, runningCluster } from './cluster-state.ts';
import type { Reporter } from './program.ts';

/** The variables by which the parts of a cluster are found: CAMPAIGN_URL, NOTIFICATIONS_URL, JAEGER_QUERY_URL, AMQP_URL … */
export type ClusterUrls = ClusterState['env'];

/** What runs in a cluster, each with its log. */
export type ClusterParts = ClusterState['parts'];

type Work<Result> = (urls: ClusterUrls, parts: ClusterParts) => Promise<Result>;

/** Does something with a cluster: with the one that runs, which stays up, or else with one of its own on free ports, which is stopped and deleted afterwards, also on Ctrl-C and when the work fails. */
export async function withCluster<Result>(work: Work<Result>, report: Reporter = () => {}): Promise<Result> {
  const running = await runningCluster();
  if (!running?.isReady) return withOwnCluster(work, report);
  report('using the cluster that is up');
  return work(running.env, running.parts);
}

async function withOwnCluster<Result>(work: Work<Result>, report: Reporter): Promise<Result> {
  const directory = join(millraceDirectory, `own-${process.pid}`);
  await mkdir(directory, { recursive: true });
  const starting = startCluster({ directory, logDirectory: join(directory, 'logs'), freePorts: true, report });
  const end = async () => {
    const cluster = await starting.catch(() => undefined);
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const interruption = interrupted();
  try {
    const cluster = await Promise.race([starting, interruption.happened]);
    const { env, parts } = cluster.state();
    return await Promise.race([work(env, parts), interruption.happened]);
  } finally {
    await end();
    interruption.goOn();
  }
}

/** Turns a Ctrl-C (or SIGTERM) into an error, so that the usual way out is taken; `goOn` then lets the signal do what it does to any program. */
function interrupted(): { happened: Promise<never>; goOn(): void } {
  const { promise: happened, reject } = Promise.withResolvers<never>();
  let received: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    received ??= signal;
    reject(new Error(`interrupted by ${signal}`));
  };
  const goOn = () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (received) process.kill(process.pid, received);
  };
  happened.catch(() => {});
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { happened, goOn };
}
