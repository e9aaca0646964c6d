import { pipeline } from 'node:stream/promises';
import { type Authenticate, problem, type User } from '@millrace/service';
import type { Response as Answer, Request, RequestHandler } from 'express';
import type { ServiceUrls } from '../clients/services.ts';
import { isServiceName } from '../domain/service-name.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { auditedDeed } from './audited-deed.ts';
import { addressOf, bodyOf, copyHead, type Forwarded, forward } from './forward.ts';

export type ProxyParts = {
  readonly urls: ServiceUrls;
  readonly authenticate: Authenticate;
  readonly audit: AuditLog;
};

/** `/api/<service>/…` is that service, asked in the name of whoever asks here. What changes something stands in the audit log before it is sent. */
export const proxy = (parts: ProxyParts): RequestHandler => {
  return async (request, response, next) => {
    const address = addressOf(request.originalUrl);
    if (!address || !isServiceName(address.service)) return next();
    const { service, path } = address;
    response.locals['route'] = `/api/${service}`;
    const user = await parts.authenticate(request.get('authorization'));
    response.locals['user'] = user;
    const target: Forwarded = { service, base: parts.urls[service], path };
    if (['GET', 'HEAD'].includes(request.method)) await show(request, response, target);
    else await change(request, response, { target, user, audit: parts.audit });
  };
};

/** Streams too: they end when either side goes. */
async function show(request: Request, response: Answer, target: Forwarded): Promise<void> {
  const gone = goneWith(response);
  const answer = await forward(request, target, { signal: gone });
  copyHead(answer, response, target.service);
  response.flushHeaders();
  const body = bodyOf(answer);
  if (!body) return void response.end();
  await pipeline(body, response).catch(() => void response.destroy());
}

type Change = { readonly target: Forwarded; readonly user: User; readonly audit: AuditLog };

/** Once sent, a change is heard to its end even when the asker has gone: the log tells how it went. */
async function change(request: Request, response: Answer, { target, user, audit }: Change): Promise<void> {
  const isJson = request.is(['json', '+json']) !== false;
  const body = isJson || !hasBody(request) ? await wholeBody(request) : undefined;
  const { answer, bytes } = await auditedDeed(audit, { request, body, target, user }, async () => {
    const answer = await forward(request, target, { ...(body && { body }), signal: AbortSignal.timeout(patienceMs) });
    return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
  });
  copyHead(answer, response, target.service);
  response.end(bytes);
}

const patienceMs = 75_000;
const jsonLimitBytes = 1_048_576;

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

async function wholeBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > jsonLimitBytes) throw problem('body-too-large', { limitBytes: jsonLimitBytes });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function goneWith(response: Answer): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
