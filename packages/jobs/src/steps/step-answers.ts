import type { Collections } from '../record/collections.ts';
import type { JobRecord, StepRow } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import { jsonText } from './json-text.ts';
import { fieldOfStep } from './step-names.ts';

/** By step: whether its call took effect, and if so what it gave. */
export type StepAnswers = Readonly<Record<string, { done: true; value?: unknown } | { done: false }>>;

/**
 * The change of a record by which a person's answers stand in it, for the write that lets the job run again.
 * @throws JobsError `step-not-unknown` for a step that was not begun, or has a receipt.
 */
export async function answered(
  collections: Collections,
  record: JobRecord,
  answers: StepAnswers,
  at: Date,
): Promise<{ $set: Record<string, StepRow>; $unset: Record<string, ''> }> {
  const $set: Record<string, StepRow> = {};
  const $unset: Record<string, ''> = {};
  for (const [step, answer] of Object.entries(answers)) {
    const place = `steps.${fieldOfStep(step)}`;
    const intent = await intentOf(collections, record, step);
    if (answer.done) $set[place] = receiptOf(step, intent, answer.value, at);
    else {
      $unset[place] = '';
      if (record.hasStepsApart) await collections.steps.deleteOne({ _id: `${record.rootId}:${step}` });
    }
  }
  return { $set, $unset };
}

async function intentOf({ steps }: Collections, record: JobRecord, step: string): Promise<StepRow> {
  const own = new Map(Object.entries(record.steps ?? {})).get(fieldOfStep(step));
  const row =
    own ?? (record.hasStepsApart ? await steps.findOne({ _id: `${record.rootId}:${step}`, jobId: record._id }) : null);
  if (row && row.ms === undefined) return row;
  throw new JobsError(
    'step-not-unknown',
    `step ${JSON.stringify(step)} of job ${record._id} ${row ? 'has a receipt' : 'was not begun'}; only a step whose outcome is unknown takes an answer`,
    { id: record._id, step },
  );
}

function receiptOf(step: string, { attempt, worker }: StepRow, value: unknown, at: Date): StepRow {
  const json = jsonText(value, `the value of step ${JSON.stringify(step)}`);
  return { at, attempt, ms: 0, ...(worker && { worker }), ...(json !== undefined && { json }) };
}
