import { currentTraceId, type User } from '@millrace/service';
import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { deedOf, kept } from '../domain/audit-entry.ts';
import type { AuditLog, AuditOutcome } from '../store/audit-log.ts';
import type { Forwarded } from './forward.ts';

type Sent = { readonly answer: Response; readonly bytes: Buffer };

type Asked = {
  readonly request: Request;
  /** What was sent, when it is kept; files are not. */
  readonly body: Buffer | undefined;
  readonly target: Forwarded;
  readonly user: User;
};

/**
 * Sends a change between two writes to the audit log. Without the first write nothing is sent; without the second, because
 * this process died, the row stays `unknown`, which is the truth.
 */
export async function auditedDeed(audit: AuditLog, asked: Asked, send: () => Promise<Sent>): Promise<Sent> {
  const id = uuidv7();
  const before = hasBefore(asked.request.method) ? await present(asked) : null;
  await audit.begin({ ...rowOf(asked, before), _id: id });
  try {
    const sent = await send();
    await audit.end(id, endOf(sent));
    return sent;
  } catch (error) {
    await audit.end(id, { status: null, outcome: 'unknown', after: null, detail: messageOf(error) });
    throw error;
  }
}

/** A POST names no resource that could be looked at before. */
const hasBefore = (method: string): boolean => ['PUT', 'PATCH', 'DELETE'].includes(method);

function rowOf({ request, body, target, user }: Asked, before: unknown) {
  const at = new Date();
  const path = target.path.split('?')[0] ?? '/';
  return {
    at,
    updatedAt: at,
    sub: user.sub,
    role: user.role,
    service: target.service,
    method: request.method,
    path: target.path.slice(0, 2_000),
    ...deedOf(request.method, path),
    payload: kept(body ? json(body) : body === undefined ? { omitted: 'files' } : null),
    before: kept(before),
    after: null,
    status: null,
    outcome: 'unknown' as const,
    detail: null,
    traceId: currentTraceId() ?? null,
  };
}

/** How the resource stands; null for what cannot be looked at. */
async function present({ request, target: { base, path } }: Asked): Promise<unknown> {
  const headers = { authorization: request.get('authorization') ?? '', accept: 'application/json' };
  const answer = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.ok ? json(Buffer.from(await answer.arrayBuffer())) : null;
}

function endOf({ answer: { status }, bytes }: Sent) {
  const after = json(bytes);
  const detail = status >= 400 ? (after as { detail?: string } | null)?.detail : undefined;
  return { status, outcome: outcomeOf(status), after: kept(status < 400 ? after : null), detail: detail ?? null };
}

const outcomeOf = (status: number): AuditOutcome => (status < 400 ? 'done' : status < 500 ? 'refused' : 'failed');

function json(bytes: Buffer): unknown {
  try {
    return bytes.length > 0 ? JSON.parse(bytes.toString()) : null;
  } catch {
    return null;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
