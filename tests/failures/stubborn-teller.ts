import { afterFile, until } from '@millrace/testkit';
import { connect, headers } from '@nats-io/transport-node';

/** An event as it lies in its owner's records. */
export type Told = { readonly id: string; readonly type: string; readonly version: number; readonly data: unknown };

/** One telling of an event; another `messageId` gets past the stream's window of duplicates. */
export type Telling = { readonly event: Told; readonly messageId: string };

const inFlight = 64;

/** Tells events as an owner does that has stored them: each again and again, until the stream has it. */
export async function stubbornTeller(url: string, namespace: string) {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  afterFile(() => connection.close());

  const isStored = async ({ event, messageId }: Telling): Promise<boolean> => {
    const named = headers();
    named.set('Nats-Msg-Id', messageId);
    const body = JSON.stringify({ ...event, at: new Date().toISOString() });
    const subject = `${namespace}-events.${event.type}`;
    const answer = await connection.request(subject, body, { headers: named, timeout: 2_000 }).catch(() => undefined);
    return answer !== undefined && !answer.json<{ error?: unknown }>().error;
  };
  return {
    async tell(tellings: readonly Telling[]): Promise<void> {
      const left = tellings.values();
      const worker = async () => {
        for (const telling of left) {
          await until(() => isStored(telling), { withinMs: 120_000, everyMs: 50, message: 'the stream has an event' });
        }
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    },

    /** What hearers have not answered for yet. */
    async open(): Promise<number> {
      const list = `$JS.API.CONSUMER.LIST.${namespace}-EVENTS`;
      const answer = (await connection.request(list, '', { timeout: 2_000 })).json<Consumers>();
      return answer.consumers.reduce((sum, one) => sum + one.num_pending + one.num_ack_pending, 0);
    },
  };
}

type Consumers = { readonly consumers: readonly { readonly num_pending: number; readonly num_ack_pending: number }[] };
