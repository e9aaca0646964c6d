import { type TcpProxy, tcpProxy } from '../../../packages/jobs/src/under-test/tcp-proxy.ts';

export type WireName = 'rabbitmq' | 'nats' | 'mongodb';

/** The wires of half of the replicas to what they stand on; the other half is connected directly, so that a cut is a partition. */
export type Wires = Readonly<Record<WireName, TcpProxy>>;

export async function wiresTo(urls: Readonly<Record<WireName, string>>): Promise<Wires> {
  const [rabbitmq, nats, mongodb] = await Promise.all([
    tcpProxy(urls.rabbitmq),
    tcpProxy(urls.nats),
    tcpProxy(urls.mongodb),
  ]);
  return { rabbitmq, nats, mongodb };
}
