import {
  createDecipheriv,
  createECDH,
  createHash,
  createPublicKey,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterFile } from '@millrace/testkit';
import { generate } from 'selfsigned';

let known: ReturnType<typeof makeAuthority> | undefined;

/** A certificate for this machine, made anew for each run, and the variable by which a process believes it. */
export const pushAuthority = () => (known ??= makeAuthority());

async function makeAuthority() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const file = join(tmpdir(), `push-${randomUUID()}.pem`);
  await writeFile(file, cert);
  afterFile(() => rm(file));
  return { cert, key, env: { NODE_EXTRA_CA_CERTS: file } };
}

type Pushed = {
  readonly headers: IncomingHttpHeaders;
  readonly message: { readonly id: string; readonly title: string; readonly body: string };
  /** Who sent it, once its signature was checked. */
  readonly claims: { readonly aud: string; readonly sub: string; readonly exp: number };
  readonly publicKey: string;
};

/** A push service over TLS and one browser behind it, which answers as it is told, the last answer for ever. It reads what it gets by code of its own. */
export async function pushService(answers: readonly (number | 'never')[]) {
  const got: Pushed[] = [];
  const browser = createECDH('prime256v1');
  const auth = randomBytes(16);
  const p256dh = browser.generateKeys();
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { headers } = request;
    const text = decrypted(await buffer(request), browser, auth);
    got.push({ headers, message: JSON.parse(text), ...senderOf(headers.authorization) });
    const answer = answers[Math.min(got.length, answers.length) - 1] ?? 201;
    if (answer !== 'never') response.writeHead(answer).end();
  };
  const { cert, key } = await pushAuthority();
  const server = createServer({ cert, key }, (request, response) => {
    take(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const keys = { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') };
  return { got, origin, keys, endpoint: `${origin}/browser/${randomUUID()}` };
}

/** RFC 8291 from the other side. */
function decrypted(body: Buffer, browser: ReturnType<typeof createECDH>, auth: Buffer): string {
  const [salt, idLength] = [body.subarray(0, 16), body.readUInt8(20)];
  const sender = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync('sha256', browser.computeSecret(sender), auth, info, 32));
  const derived = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${purpose}\0`, length));
  const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12));
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}

/** RFC 8292: the token is signed by the key that is sent beside it. @throws when it is not. */
function senderOf(authorization = ''): Pick<Pushed, 'claims' | 'publicKey'> {
  const [, token = '', publicKey = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
  const [header, claims = '', signature = ''] = token.split('.');
  const point = Buffer.from(publicKey, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: `${x}`, y: `${y}` } });
  const signed = Buffer.from(`${header}.${claims}`);
  const isSigned = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  if (!isSigned)
    throw new Error(`the token of ${createHash('sha256').update(publicKey).digest('hex')} is not signed by it`);
  return { publicKey, claims: JSON.parse(Buffer.from(claims, 'base64url').toString()) };
}
