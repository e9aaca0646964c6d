import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { JobRecord, StoredCommand } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import type { Enqueuer } from './enqueuer.ts';

type FollowUpParts = {
  enqueuer: Enqueuer;
  definitions: ReadonlyMap<string, JobDefinition>;
  deadLetters: DeadLetters;
  clock: DatabaseClock;
};

/**
 * A follow-up has a derived id, so that telling it twice commands it once. One that will never be accepted (unknown job,
 * wrong payload, a key that another job holds where that is refused) becomes a dead letter: tried for ever, it would hold up the announcements behind it.
 */
export async function followUp(
  { enqueuer, definitions, deadLetters, clock }: FollowUpParts,
  command: StoredCommand,
  ended: JobRecord,
): Promise<void> {
  const { id, name, payload, delayMs } = command;
  const runAt = delayMs > 0 ? { runAt: new Date(clock.now().getTime() + delayMs) } : {};
  try {
    const definition = definitions.get(name);
    if (!definition)
      throw new JobsError('job-name-unknown', `follow-up ${name} of job ${ended._id} is not performed by this service`);
    await enqueuer.enqueue(definition, payload, { id, parentId: ended._id, meta: ended.meta, ...runAt });
  } catch (error) {
    // A key that is being taken right now is free or held in a moment.
    if (!(error instanceof JobsError) || (error.code === 'unique-conflict' && !error.details['heldBy'])) throw error;
    await deadLetters.bury({
      source: 'message',
      reason: error.code,
      detail: error.message,
      exchange: '',
      key: ended.queue,
      messageId: id,
      type: name,
      body: Buffer.from(JSON.stringify({ jobId: id, n: 1, payload })),
    });
  }
}
