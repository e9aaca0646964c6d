import { connect } from 'node:net';
import { claim } from './claim.ts';

/** A part that the demo has started, as its starting was reported. */
type StartedPart = { readonly title: string; readonly host: string; readonly port: number };

/** Reads `RabbitMQ runs at amqp://127.0.0.1:5672 (3.1 s)`; undefined for every other line. */
export function startedPart(line: string): StartedPart | undefined {
  const [, title, url] = /^(.+) runs at (\S+) \(/.exec(line) ?? [];
  if (!title || !url) return undefined;
  const { hostname, port } = new URL(url);
  return { title, host: hostname, port: Number(port) };
}

/** @throws when one of them still answers. */
export async function claimGone(parts: readonly StartedPart[]): Promise<void> {
  const answering = await Promise.all(parts.map(async (part) => ((await listens(part)) ? [part.title] : [])));
  claim(answering.flat().length === 0, 'everything that was started has ended', answering.flat());
}

function listens({ host, port }: StartedPart): Promise<boolean> {
  const socket = connect({ host, port, timeout: 2_000 });
  return new Promise((resolve) => {
    const answer = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}
