import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const GROUP = 'external.metrics.k8s.io/v1beta1';

/** What the autoscaler asks for: the value of a metric for some labels; undefined where there is none. */
export type Reading = (queue: string) => Promise<number | undefined>;

/** Stands where prometheus-adapter stands: answers the external metrics API with `jobs_backlog{queue}`. */
export async function serveExternalMetrics(
  tls: { cert: Buffer; key: Buffer },
  read: Reading,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(tls, (request, response) => {
    void answer(new URL(request.url ?? '/', 'https://rig'), read).then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

async function answer(url: URL, read: Reading): Promise<unknown> {
  if (!url.pathname.includes('/namespaces/')) {
    const resources = [
      { name: 'jobs_backlog', singularName: '', namespaced: true, kind: 'ExternalMetricValueList', verbs: ['get'] },
    ];
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: GROUP, resources };
  }
  const queue = /queue=([^,]+)/.exec(url.searchParams.get('labelSelector') ?? '')?.[1] ?? '';
  const value = await read(queue);
  const item = {
    metricName: 'jobs_backlog',
    metricLabels: { queue },
    timestamp: new Date().toISOString(),
    value: `${value}`,
  };
  return { kind: 'ExternalMetricValueList', apiVersion: GROUP, metadata: {}, items: value === undefined ? [] : [item] };
}

/** The largest sample of a gauge with such a label, in Prometheus's text; undefined when there is none. */
export function largest(text: string, metric: string, queue: string): number | undefined {
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`) && line.includes(`queue="${queue}"`))
    .map((line) => Number(line.split(' ')[1]));
  return samples.length === 0 ? undefined : Math.max(...samples);
}
