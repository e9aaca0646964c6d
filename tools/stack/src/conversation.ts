import { connect } from 'node:net';

const answerWithinMs = 2_000;

/** Connects to a loopback port, says something and hands over the first bytes that come back. @throws when refused, closed or silent for 2 s. */
export function conversation(port: number, opening: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(answerWithinMs, () =>
      end(() => reject(new Error(`no answer on port ${port} within ${answerWithinMs} ms`))),
    );
    socket.once('connect', () => socket.write(opening));
    socket.once('data', (data) => end(() => resolve(data)));
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => reject(new Error(`port ${port} closed the connection without an answer`)));
  });
}
