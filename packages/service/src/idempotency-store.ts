import { randomUUID } from 'node:crypto';
import { insertFresh, together } from '@millrace/jobs';
import type { Collection, Connection } from 'mongoose';
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
  const takings = together((some: Taking[]) => insertClaims(rows(), some));
  const keepings = together((some: Keeping[]) => keepAll(rows(), some));
  const insert = (taking: Taking) => takings.get(taking);
  return {
    async once(claim, perform) {
      const token = randomUUID();
      const earlier = await takeClaim({ connection, rows: rows(), insert, leaseMs }, { claim, token });
      if (earlier)
        return new Reply(earlier.status, earlier.body ?? undefined, {
          ...earlier.headers,
          'Idempotency-Replayed': 'true',
        });
      const renewal = setInterval(() => void renew(rows(), claim.id, token), leaseMs / 3);
      try {
        const reply = await perform();
        await keepings.get({ id: claim.id, token, reply });
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

type Taking = { readonly claim: IdempotencyClaim; readonly token: string };

type Claims = {
  readonly connection: Connection;
  readonly rows: Collection<Row>;
  insert(taking: Taking): Promise<boolean>;
  readonly leaseMs: number;
};

/** Returns undefined when the claim is ours, the kept answer when it has one. */
async function takeClaim(claims: Claims, taking: Taking): Promise<Row['answer']> {
  const { connection, rows, insert, leaseMs } = claims;
  const { claim, token } = taking;
  if (await insert(taking)) return undefined;
  const row = await rows.findOne({ _id: claim.id });
  if (!row) return takeClaim(claims, taking);
  if (row.bodyHash !== claim.bodyHash) throw problem('idempotency-key-reused', {});
  if (row.answer) return row.answer;
  const isFree = row.token === '' || (await ageMs(connection, row.renewedAt)) > leaseMs;
  if (isFree && (await takeOver(rows, claim.id, row.token, token))) return undefined;
  throw problem('idempotency-key-in-progress', {}, { headers: { 'Retry-After': '1' } });
}

/** Upserts, not inserts, so that the leases begin by the database's clock. @returns whose key was free. */
const insertClaims = (rows: Collection<Row>, takings: readonly Taking[]): Promise<boolean[]> =>
  insertFresh(takings, (all) => rows.bulkWrite(all.map(upsertOf), { ordered: false }));

const upsertOf = ({ claim: { id, bodyHash }, token }: Taking) => ({
  updateOne: {
    filter: { _id: id, token },
    update: {
      $setOnInsert: { bodyHash, expiresAt: new Date(Date.now() + dayMs) },
      $currentDate: { renewedAt: true as const },
    },
    upsert: true,
  },
});

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

type Keeping = { readonly id: string; readonly token: string; readonly reply: Reply };

async function keepAll(rows: Collection<Row>, keepings: readonly Keeping[]): Promise<undefined[]> {
  const expiresAt = new Date(Date.now() + dayMs);
  const updates = keepings.map(({ id, token, reply: { status, body, headers } }) => ({
    updateOne: {
      filter: { _id: id, token },
      update: { $set: { answer: { status, body: body ?? null, headers: { ...headers } }, expiresAt } },
    },
  }));
  await rows.bulkWrite(updates, { ordered: false });
  return keepings.map(() => undefined);
}

/** The row stays, so that the key still belongs to its body; the next one runs it again at once. */
const release = (rows: Collection<Row>, id: string, token: string): Promise<unknown> =>
  rows.updateOne({ _id: id, token, answer: { $exists: false } }, { $set: { token: '' } }).catch(() => undefined);
