import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { v5 as uuidv5 } from 'uuid';
import { invalidInput } from './problem.ts';
import type { User } from './role.ts';

/** A request that must take effect once, however often it comes. */
export type IdempotencyClaim = {
  /** Hash of who, what and the key: the claim's own id. */
  readonly id: string;
  readonly bodyHash: string;
  /** UUIDv5 of scope and body: the same request gets the same id for ever, also after its claim has expired. */
  readonly commandId: string;
};

const namespace = '5b0ac1f6-6d0b-5d6e-9d52-6f0f1f0f7c11';

/** The claim of a request; undefined when it has no Idempotency-Key. @throws Problem for a key that is empty or longer than 255. */
export function idempotencyClaim(request: Request, user: User): IdempotencyClaim | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw invalidInput([{ path: 'headers.idempotency-key', message: 'must have 1 to 255 printable ASCII characters' }]);
  }
  const id = sha256([user.sub, request.method, request.path, key].join('\n'));
  const bodyHash = sha256(bytesOf(request));
  return { id, bodyHash, commandId: uuidv5(`${id}:${bodyHash}`, namespace) };
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64url');

/** Order of names and white space make no other body. */
const bytesOf = ({ body, query }: Request): string | Buffer =>
  Buffer.isBuffer(body) ? body : JSON.stringify([sorted(body), sorted({ ...query })]);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, child]) => [name, sorted(child)]),
  );
}
