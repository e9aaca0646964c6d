import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Project } from '../domain/project.ts';
import { SetupWaits } from '../domain/setup-errors.ts';
import type { StepKey } from '../domain/step-state.ts';

const meter = metrics.getMeter('millrace.projects');
const tracer = trace.getTracer('millrace.projects');
const setups = meter.createCounter('project_setups', { description: 'Setups of projects, by how they ended.' });
const durations = meter.createHistogram('project_setup_step_duration_seconds', {
  description: 'How long a step of a setup took, by step and end.',
  unit: 's',
});
const repetitions = meter.createCounter('project_setup_step_retries', {
  description: 'Steps of setups that were begun again, by step.',
});

export const countSetup = (end: string): void => setups.add(1, { end });

/** Runs a step in a span of its own and takes its time. */
export function aroundStep<Value>(project: Project, key: StepKey, work: () => Promise<Value>): Promise<Value> {
  const attempts = project.setup?.steps.find((step) => step.key === key)?.attempts ?? 1;
  if (attempts > 1) repetitions.add(1, { step: key });
  const begun = performance.now();
  const took = (end: string) => durations.record((performance.now() - begun) / 1_000, { step: key, end });
  return tracer.startActiveSpan(
    `setup ${key}`,
    { attributes: { 'project.id': project._id, 'setup.step': key, 'setup.attempt': attempts } },
    async (span) => {
      try {
        const value = await work();
        took('done');
        return value;
      } catch (error) {
        took(error instanceof SetupWaits ? 'waits' : 'error');
        if (!(error instanceof SetupWaits) && error instanceof Error) {
          span.recordException(error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
        }
        throw error;
      } finally {
        span.end();
      }
    },
  );
}
