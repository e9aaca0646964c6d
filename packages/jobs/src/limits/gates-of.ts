import type { JobDefinition } from '../define/define-job.ts';
import { type LimitRule, ruleName } from '../define/limit-rules.ts';
import type { JobRecord } from '../record/record.ts';
import { gateId } from './gate-row.ts';
import type { GateSpec } from './gates.ts';

/**
 * The gates that a job has to pass now, as its definition says today: slots first, rates last, each in the order of their
 * names. Only a first attempt takes its tenant's turn; a limit that was taken out of the code holds up nobody.
 */
export function gatesOf(record: JobRecord, { limits = [], fair, contract: { queue } }: JobDefinition): GateSpec[] {
  const rules = new Map(limits.map((rule, index) => [ruleName(rule, index), rule]));
  const specs = (record.limits ?? []).flatMap(({ gate, rule: name }, index, all) => {
    if (all.findIndex((other) => other.gate === gate) < index) return [];
    const rule = rules.get(name);
    return rule ? [specOf(gate, name, queue, rule)] : [];
  });
  if (fair && record.tenant !== undefined && record.attempt === 0 && !record.hadTurn)
    specs.push(turnOf(queue, fair.window));
  return specs.sort((one, other) => order(one).localeCompare(order(other)));
}

/** The gate by which the tenants of a queue take turns. */
export const turnOf = (queue: string, window = 0): GateSpec => ({
  _id: gateId('turn', queue),
  kind: 'turn',
  queue,
  rule: 'turn',
  declared: window,
});

function specOf(gate: string, name: string, queue: string, rule: LimitRule<never>): GateSpec {
  const known = { _id: gate, queue, rule: name, declared: rule.max };
  return rule.kind === 'rate'
    ? { ...known, kind: 'rate', perMs: rule.perMs, burst: rule.burst }
    : { ...known, kind: 'limit', hold: rule.hold };
}

const order = ({ kind, _id }: GateSpec) => `${kind === 'rate' ? 1 : 0}${_id}`;
