import { createHash } from 'node:crypto';
import { messageHash } from '../broker/envelope.ts';
import type { Collections, DeadLetterRow } from '../record/collections.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { countDeadLetter } from '../telemetry/metrics.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export type Letter = {
  source: 'message' | 'event';
  reason: string;
  detail: string;
  exchange: string;
  key: string;
  messageId: string;
  type: string;
  body: Buffer;
};

/** Messages that no record stands for, kept whole so that a person can judge them. */
export class DeadLetters {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** Stores a letter; the same letter again counts, and opens anew what was thought done with. @returns its id. */
  async bury(letter: Letter): Promise<string> {
    const id = messageHash(letter.exchange, letter.key, letter.messageId, letter.body);
    const at = new Date();
    await this.#collections.deadLetters.updateOne(
      { _id: id },
      { $setOnInsert: { ...rowOf(letter), at }, $set: { lastAt: at }, $inc: { times: 1 } },
      { upsert: true },
    );
    crashPoint('dead.letter-written');
    await this.#collections.deadLetters.updateOne(
      { _id: id, state: { $in: ['replayed', 'resolved'] } },
      { $set: { state: 'open' } },
    );
    countDeadLetter(letter.reason);
    return id;
  }
}

function rowOf({
  source,
  reason,
  detail,
  exchange,
  key,
  messageId,
  type,
  body,
}: Letter): Omit<DeadLetterRow, '_id' | 'at' | 'lastAt' | 'times'> {
  const kept = body.subarray(0, MAX_BODY_BYTES);
  const text = kept.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(kept);
  return {
    source,
    reason,
    detail,
    exchange,
    key,
    messageId,
    type,
    body: isText ? text : kept.toString('base64'),
    encoding: isText ? 'utf8' : 'base64',
    truncated: body.length > kept.length,
    fingerprint: createHash('sha256').update(`${source}\n${reason}\n${type}`).digest('hex').slice(0, 16),
    state: 'open',
  };
}
