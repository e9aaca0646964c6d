import { connect } from '@nats-io/transport-node';
import type { Chance } from '../chance.ts';
import { spoiltBytes, spoiltJson } from './spoil.ts';

/** An event as it travels. */
export type Overheard = { readonly subject: string; readonly body: Uint8Array };

/** Listens to everything that is told, as any client of NATS could. @returns what ends it and answers what was heard. */
export async function overhear(natsUrl: string): Promise<() => Promise<readonly Overheard[]>> {
  const connection = await connect({ servers: natsUrl });
  const heard: Overheard[] = [];
  connection.subscribe('events.>', {
    callback: (_, { subject, data }) => void heard.push({ subject, body: data.slice() }),
  });
  await connection.flush();
  return async () => {
    await connection.close();
    return heard;
  };
}

/** Tells spoilt copies of what was overheard, on the same subjects. @returns how many; the stream has them. */
export async function spoilEvents(
  natsUrl: string,
  overheard: readonly Overheard[],
  chance: Chance,
  count: number,
): Promise<number> {
  const connection = await connect({ servers: natsUrl });
  try {
    for (let told = 0; told < count; told++) {
      const { subject, body } = chance.oneOf(overheard);
      await connection.request(subject, spoiltEvent(chance, body), { timeout: 5_000 });
    }
    return count;
  } finally {
    await connection.close();
  }
}

const spoiltEvent = (chance: Chance, body: Uint8Array): Uint8Array =>
  chance.next() < 0.5
    ? spoiltBytes(chance, body)
    : Buffer.from(JSON.stringify(spoiltJson(chance, JSON.parse(Buffer.from(body).toString()))));
