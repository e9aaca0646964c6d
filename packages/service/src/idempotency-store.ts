import { randomUUID } from 'node:crypto';
import type { Collection, Connection } from 'mongoose';
import { hasCode } from './error-code.ts';
import type { IdempotencyClaim } from './idempotency-claim.ts';
import { problem } from './problem.ts';
import { Reply } from './reply.ts';

/** Lets a claimed request run once and repeats its answer. */
export type IdempotencyStore = {
  /**
   * Runs `perform` unless this claim has been answered, and keeps the answer for 24 hours. An error is not kept: the request may be repeated.
   * @throws Problem `idempotency-key-reused` for another body, `idempotency-key-in-progress` while it runs.
   */
  once(claim: IdempotencyClaim, perform: () => Promise<Reply>): Promise<Reply>;
};

type Row = {
  readonly _id: string;
  readonly bodyHash: string;
  /** Who runs it now; a token that nobody renewed for {@link leaseMs} may be taken over. Empty once released. */
  readonly token: string;
  readonly renewedAt: Date;
  readonly answer?: { readonly status: number; readonly body: unknown; readonly headers: Record<string, string> };
  readonly expiresAt: Date;
};

const dayMs = 86_400_000;

/**
 * Keeps claims in the collection `idempotency`. A claim whose process died is taken over after its lease;
 * its effect is not doubled because the handler gets the same `commandId` again.
 * @param leaseMs default 30 s; renewed at a third of it.
 */
export function mongoIdempotencyStore(connection: Connection, { leaseMs = 30_000 } = {}): IdempotencyStore {
  const rows = () => connection.collection<Row>('idempotency');
  return {
    async once(claim, perform) {
      const token = randomUUID();
      const earlier = await takeClaim(connection, rows(), claim, token, leaseMs);
      if (earlier)
        return new Reply(earlier.status, earlier.body ?? undefined, {
          ...earlier.headers,
          'Idempotency-Replayed': 'true',
        });
      const renewal = setInterval(() => void renew(rows(), claim.id, token), leaseMs / 3);
      try {
        const reply = await perform();
        await keep(rows(), claim.id, token, reply);
        return reply;
      } catch (error) {
        await release(rows(), claim.id, token);
        throw error;
      } finally {
        clearInterval(renewal);
      }
    },
  };
}

/** Makes expired claims go away. Safe to call again. */
export async function indexIdempotency(connection: Connection): Promise<void> {
  await connection.collection('idempotency').createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
}

/** Returns undefined when the claim is ours, the kept answer when it has one. */
async function takeClaim(
  connection: Connection,
  rows: Collection<Row>,
  claim: IdempotencyClaim,
  token: string,
  leaseMs: number,
): Promise<Row['answer']> {
  if (await insertClaim(rows, claim, token)) return undefined;
  const row = await rows.findOne({ _id: claim.id });
  if (!row) return takeClaim(connection, rows, claim, token, leaseMs);
  if (row.bodyHash !== claim.bodyHash) throw problem('idempotency-key-reused', {});
  if (row.answer) return row.answer;
  const isFree = row.token === '' || (await ageMs(connection, row.renewedAt)) > leaseMs;
  if (isFree && (await takeOver(rows, claim.id, row.token, token))) return undefined;
  throw problem('idempotency-key-in-progress', {}, { headers: { 'Retry-After': '1' } });
}

/** An upsert, not an insert, so that the lease begins by the database's clock. */
async function insertClaim(rows: Collection<Row>, { id, bodyHash }: IdempotencyClaim, token: string): Promise<boolean> {
  try {
    const { upsertedCount } = await rows.updateOne(
      { _id: id, token },
      { $setOnInsert: { bodyHash, expiresAt: new Date(Date.now() + dayMs) }, $currentDate: { renewedAt: true } },
      { upsert: true },
    );
    return upsertedCount === 1;
  } catch (error) {
    if (hasCode(error, 11_000)) return false;
    throw error;
  }
}

async function takeOver(rows: Collection<Row>, id: string, from: string, to: string): Promise<boolean> {
  const { modifiedCount } = await rows.updateOne(
    { _id: id, token: from, answer: { $exists: false } },
    { $set: { token: to }, $currentDate: { renewedAt: true } },
  );
  return modifiedCount === 1;
}

/** How long ago by the database's clock. */
async function ageMs({ db }: Connection, since: Date): Promise<number> {
  const hello = await db?.admin().command({ hello: 1 });
  const now: unknown = hello?.['localTime'];
  return (now instanceof Date ? now.getTime() : Date.now()) - since.getTime();
}

/** A missed renewal is made up by the next; a lost claim shows when the answer is kept. */
const renew = (rows: Collection<Row>, id: string, token: string): Promise<unknown> =>
  rows.updateOne({ _id: id, token }, { $currentDate: { renewedAt: true } }).catch(() => undefined);

const keep = (rows: Collection<Row>, id: string, token: string, { status, body, headers }: Reply): Promise<unknown> =>
  rows.updateOne(
    { _id: id, token },
    {
      $set: {
        answer: { status, body: body ?? null, headers: { ...headers } },
        expiresAt: new Date(Date.now() + dayMs),
      },
    },
  );

/** The row stays, so that the key still belongs to its body; the next one runs it again at once. */
const release = (rows: Collection<Row>, id: string, token: string): Promise<unknown> =>
  rows.updateOne({ _id: id, token, answer: { $exists: false } }, { $set: { token: '' } }).catch(() => undefined);
