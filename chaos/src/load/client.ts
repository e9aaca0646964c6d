import { setTimeout as delay } from 'node:timers/promises';
import { localToken } from '@millrace/stack';
import type { ServiceName, WholeCluster } from '../cluster/whole-cluster.ts';

/** What the world outside sees: the answer to a request, however often it had to be sent. */
type Answer = Record<string, unknown> & { readonly id?: string };

type Request = {
  readonly service: ServiceName;
  readonly person: string;
  readonly path: string;
  /** The Idempotency-Key: whoever got no answer sends the same once more. */
  readonly key: string;
  readonly body?: unknown;
  readonly files?: () => FormData;
};

type Tally = { requests: number; resent: number; replays: number };

/** What a command is refused with for good; everything else is a reason to send it again. */
const finalRefusals = [400, 401, 403, 404, 413, 415, 422];
const givesUpAfterMs = 240_000;
const pauseMs = 400;
const answerWithinMs = 20_000;

/** Speaks to both processes of each service in turn, as a load balancer would, and sends again what was not answered. */
export function clientOf(cluster: Pick<WholeCluster, 'urlsOf'>) {
  const tally: Tally = { requests: 0, resent: 0, replays: 0 };
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (person: string) => {
    const known = tokens.get(person) ?? localToken('member', person);
    tokens.set(person, known);
    return known;
  };

  return {
    tally,

    /** Resolves with the answer of success. @throws when it is refused for good, or nobody has answered for four minutes. */
    async command(request: Request): Promise<Answer> {
      const deadline = Date.now() + givesUpAfterMs;
      for (let sent = tally.requests; ; sent++) {
        tally.requests++;
        const [url] = rotated(cluster.urlsOf(request.service), sent);
        const answer = await send(`${url}${request.path}`, request, await tokenOf(request.person));
        if (answer.isReplay) tally.replays++;
        if (answer.body) return answer.body;
        if (answer.isFinal || Date.now() > deadline)
          throw new Error(`POST ${request.path} of ${request.service}: ${answer.refusal}`);
        tally.resent++;
        await delay(pauseMs);
      }
    },
  };
}

export type Client = ReturnType<typeof clientOf>;

const rotated = ([one, other]: readonly [string, string], count: number) =>
  count % 2 === 0 ? [one, other] : [other, one];

type Sent = {
  readonly body?: Answer;
  readonly refusal?: string;
  readonly isFinal?: boolean;
  readonly isReplay?: boolean;
};

async function send(url: string, { key, body, files }: Request, token: string): Promise<Sent> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        ...(files === undefined && { 'content-type': 'application/json' }),
      },
      body: files ? files() : JSON.stringify(body ?? {}),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await answer.text();
    const isReplay = answer.headers.get('idempotency-replayed') === 'true';
    if (answer.ok) return { body: JSON.parse(text) as Answer, isReplay };
    return { refusal: `${answer.status} ${text.slice(0, 300)}`, isFinal: finalRefusals.includes(answer.status) };
  } catch (error) {
    return { refusal: String(error) };
  }
}
