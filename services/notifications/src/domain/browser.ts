import { createECDH } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';

/** A browser that a person is told in: what its push service is given, and what only that browser can read. */
export type Browser = {
  readonly _id: string;
  readonly recipient: string;
  /** The push service's address of this browser. */
  readonly endpoint: string;
  readonly keys: BrowserKeys;
  /** What the person knows it by. */
  readonly name: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** By RFC 8291, in base64url: a point on P-256 (65 bytes), and a secret (16 bytes). */
export type BrowserKeys = { readonly p256dh: string; readonly auth: string };

/** A person's browsers beyond these are forgotten, the oldest first. */
export const browsersKept = 20;

/** Never to be changed: browsers would be told twice. */
const namespace = 'a3d4a9c2-44f0-5b6e-9d61-7f1f0a3f4c2b';

/** One for each endpoint: a browser that somebody else signs on with is theirs from then on. */
export const browserId = (endpoint: string): string => uuidv5(endpoint, namespace);

/** Whether it is a private key on P-256, 32 bytes in base64url; zero and what is beyond the order of the curve are none. */
export function isPrivateKey(text: string): boolean {
  const secret = Buffer.from(text, 'base64url');
  try {
    createECDH('prime256v1').setPrivateKey(secret);
    return secret.length === 32;
  } catch {
    return false;
  }
}

/** Whether a message can be encrypted for it. */
export function isPoint(p256dh: string): boolean {
  const anybody = createECDH('prime256v1');
  anybody.generateKeys();
  try {
    const point = Buffer.from(p256dh, 'base64url');
    return point.length === 65 && anybody.computeSecret(point).length === 32;
  } catch {
    return false;
  }
}
