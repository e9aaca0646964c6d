import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterFile } from '@millrace/testkit';
import { v5 } from 'uuid';

type Seen = {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly sub: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
type Thing = { id: string; status: string };
type Answer = { readonly status: number; readonly body?: unknown };

const namespace = '8a4be2a4-3f2a-5c5b-8f0e-0c6a5d2f6b13';

/**
 * An HTTP server that answers like the campaign and mesh services and like a webhook's receiver: the same key makes the same
 * thing. What it makes ends when it is told to. The real services are met in the journeys.
 */
export async function neighboursForTests() {
  const seen: Seen[] = [];
  const made = new Map<string, Thing>();
  let statuses = { campaigns: 'ready', meshes: 'completed' };
  let fault: (path: string) => number | undefined = () => undefined;

  function make(kind: 'campaigns' | 'meshes', key: string): Answer {
    const id = v5(key, namespace);
    const thing = made.get(id) ?? { id, status: statuses[kind] };
    made.set(id, thing);
    return kind === 'campaigns'
      ? { status: 201, body: { campaign: thing, source: 'pool' } }
      : { status: 202, body: thing };
  }

  function answerTo({ method, path, key }: Seen): Answer {
    const status = fault(path);
    if (status !== undefined) return { status, body: { code: 'made-up' } };
    const [, kind, id, deed] = (path.split('?')[0] ?? '').split('/');
    if (kind !== 'campaigns' && kind !== 'meshes') return { status: 204 };
    if (method === 'DELETE') return remove(id ?? '');
    return id === undefined ? make(kind, key) : show(id, method === 'POST' && deed === 'cancel');
  }

  function remove(id: string): Answer {
    const thing = made.get(id);
    if (thing?.status === 'changed') return { status: 409, body: { code: 'campaign-changed' } };
    if (thing) thing.status = 'deleted';
    return thing ? { status: 204 } : { status: 404, body: { code: 'campaign-not-found' } };
  }

  function show(id: string, isCancel: boolean): Answer {
    const thing = made.get(id);
    if (thing && isCancel) thing.status = 'cancelled';
    return thing && thing.status !== 'deleted' ? { status: 200, body: thing } : { status: 404, body: {} };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = seenOf(request, await text(request));
    seen.push(asked);
    const { status, body } = answerTo(asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body));
  }

  // Who asks may die in the middle.
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What was asked for, oldest first. */
    seen,
    made,
    /** What was made for a key. */
    madeBy: (key: string): Thing | undefined => made.get(v5(key, namespace)),
    /** How what is made from now on begins. */
    begin(wanted: typeof statuses) {
      statuses = wanted;
    },
    /** Answers with a status of its own from now on, where the function gives one. */
    fail(choose: typeof fault) {
      fault = choose;
    },
  };
}

const seenOf = ({ method = '', url = '', headers }: IncomingMessage, body: string): Seen => ({
  method,
  path: url,
  key: String(headers['idempotency-key'] ?? headers['webhook-id'] ?? ''),
  sub: subOf(headers.authorization),
  headers,
  body,
});

const subOf = (authorization = '') =>
  String(JSON.parse(Buffer.from(authorization.split('.')[1] ?? 'e30', 'base64url').toString() || '{}').sub ?? '');
