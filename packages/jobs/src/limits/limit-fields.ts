import type { JobDefinition } from '../define/define-job.ts';
import { ruleName } from '../define/limit-rules.ts';
import { JobsError } from '../runtime/errors.ts';
import { GATE_KINDS, gateId } from './gate-row.ts';

const MAX_KEY_CHARS = 200;

/** Which limit a job has to pass, as its record keeps it; `rule` is the name of the rule in the definition. */
export type JobLimit = { readonly gate: string; readonly rule: string };

/** The limits of a job by its payload, for its record; empty for jobs without limits. @throws JobsError `payload-invalid`. */
export function limitFields(
  { contract, limits = [], fair }: JobDefinition,
  payload: unknown,
): { limits?: JobLimit[]; tenant?: string } {
  const keyed = limits.flatMap((rule, index) => {
    const key = rule.key(payload);
    if (key === undefined) return [];
    return [{ gate: gateId(GATE_KINDS[rule.kind], checkedKey(contract.name, key)), rule: ruleName(rule, index) }];
  });
  return {
    ...(keyed.length > 0 && { limits: keyed }),
    ...(fair && { tenant: checkedKey(contract.name, fair.tenant(payload)) }),
  };
}

function checkedKey(job: string, key: string): string {
  if (key.length <= MAX_KEY_CHARS) return key;
  throw new JobsError(
    'payload-invalid',
    `job ${job}: the key of a limit has ${key.length} characters, at most ${MAX_KEY_CHARS} are allowed; hash what is longer`,
  );
}
