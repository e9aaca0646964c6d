import { issuesOf } from '../broker/envelope.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { DeadLetterRow } from '../record/collections.ts';
import { currentPayload } from '../run/ending.ts';
import { JobsError } from '../runtime/errors.ts';

/**
 * A payload that a person gives, brought up to the newest version.
 * @param version of the payload; default: the newest.
 * @throws JobsError `payload-invalid` when it does not fit its version or cannot be brought up.
 */
export function broughtUp({ contract, ...code }: JobDefinition, payload: unknown, version?: number): unknown {
  const v = version ?? contract.version;
  const schema = contract.versions[v];
  if (!schema) {
    const known = Object.keys(contract.versions).join(', ');
    throw invalid(contract.name, `version ${v} is not known; known are ${known}`);
  }
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw invalid(contract.name, issuesOf(parsed.error));
  if (v === contract.version) return payload;
  const newest = currentPayload({ name: contract.name, v, payload }, { contract, ...code });
  if (!newest.ok) throw invalid(contract.name, newest.detail);
  return newest.value;
}

/** What a message carries, and in which version; undefined when it is not legible. */
export function payloadIn({ body, encoding, type }: DeadLetterRow): { payload: unknown; version?: number } | undefined {
  if (encoding !== 'utf8') return undefined;
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== 'object' || json === null || !('payload' in json)) return undefined;
    const version = Number(type.split('@')[1]);
    return { payload: json.payload, ...(Number.isInteger(version) && version > 0 && { version }) };
  } catch {
    return undefined;
  }
}

const invalid = (name: string, detail: string) =>
  new JobsError('payload-invalid', `job ${name}: ${detail}`, { issues: [{ path: 'payload', message: detail }] });
