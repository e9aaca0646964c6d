import { setTimeout as delay } from 'node:timers/promises';

/** An open page: resolves when it has its snapshot, and then tells the event of every push. */
export async function listenTo(url: string, token: string, hear: (eventId: string) => void) {
  const stopping = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/notifications/events`, { headers, signal: stopping.signal });
  if (!answer.ok || !answer.body) throw new Error(`the stream answered ${answer.status}`);
  const blocks = blocksOf(answer.body);
  while (!(await blocks.next()).value?.includes('event: snapshot'));
  const read = async () => {
    for await (const block of blocks) if (block.includes('event: notification')) hear(eventIdOf(block));
  };
  // Ends by its own stop; an end by anything else shows as pushes that are missing.
  const reading = read().catch(() => {});
  return {
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

async function* blocksOf(body: ReadableStream<Uint8Array>) {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks;
  }
  throw new Error('the stream has ended');
}

const eventIdOf = (block: string): string => {
  const data = block.split('\n').find((line) => line.startsWith('data: ')) ?? 'data: {}';
  return JSON.parse(data.slice('data: '.length)).notification.eventId;
};

/** @throws Error when it does not come true in time. */
export async function untilTrue(isTrue: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`it has not come true within ${withinMs} ms: ${isTrue}`);
    await delay(20);
  }
}
