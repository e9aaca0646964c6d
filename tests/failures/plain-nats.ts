import { connect, type NatsConnection } from '@nats-io/transport-node';

/** NATS as any client sees it, without a line of the bus's code. */
export type PlainNats = ReturnType<typeof natsOf>;

export function natsOf(url: string, namespace: string) {
  async function use<Result>(work: (connection: NatsConnection) => Promise<Result>): Promise<Result> {
    const connection = await connect({ servers: url });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  return {
    /** Bytes on the subject of an event type; resolves when the stream has stored them. */
    tell: (type: string, body: string | Uint8Array) =>
      use((connection) => connection.request(`${namespace}-events.${type}`, body, { timeout: 5_000 })),

    deleteStream: () =>
      use((connection) => connection.request(`$JS.API.STREAM.DELETE.${namespace}-EVENTS`, '', { timeout: 5_000 })),
  };
}
