import { BreakerOpen, type JobDefinition, type Outcome, type Run } from '@millrace/jobs';
import { fingerprintOf } from '../domain/fingerprint.ts';
import type { AlertFacts } from '../store/alerts.ts';

type Alarm = {
  readonly service: string;
  raise(facts: AlertFacts): Promise<void>;
};

/**
 * The same job, whose failing attempts are told: those that will be tried again too, since people wait for what is critical.
 * Whatever becomes of the telling, the attempt fails as it would.
 */
export function alerting<Payload>(definition: JobDefinition<Payload>, alarm: Alarm): JobDefinition<Payload> {
  return {
    ...definition,
    async run(run) {
      try {
        const outcome = await definition.run(run);
        if (outcome.kind === 'fail') await tell(alarm, definition, run, outcome.failure);
        return outcome satisfies Outcome;
      } catch (error) {
        if (!run.signal.aborted && !(error instanceof BreakerOpen)) await tell(alarm, definition, run, faultOf(error));
        throw error;
      }
    },
  };
}

const faultOf = (error: unknown) =>
  error instanceof Error ? { code: error.name, message: error.message } : { code: 'Error', message: String(error) };

async function tell<Payload>(
  { service, raise }: Alarm,
  { contract: { name } }: JobDefinition<Payload>,
  { jobId }: Run<Payload>,
  { code, message }: { code: string; message: string },
): Promise<void> {
  const fingerprint = fingerprintOf(name, code, message);
  await raise({ service, job: name, jobId, fingerprint, error: { code, message: message.slice(0, 500) } }).catch(
    () => undefined,
  );
}
