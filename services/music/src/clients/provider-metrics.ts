import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('millrace.music');
const requests = meter.createCounter('provider_requests', { description: 'Requests to music providers.' });
const answers = meter.createHistogram('provider_answer_seconds', { description: 'Time until the answer.', unit: 's' });
const waits = meter.createHistogram('provider_wait_seconds', { description: 'Wait for a turn.', unit: 's' });

/** Counts one request by provider and outcome. */
export function countRequest({
  provider,
  outcome,
  tookMs,
}: {
  provider: string;
  outcome: string;
  tookMs: number;
}): void {
  requests.add(1, { provider, outcome });
  answers.record(tookMs / 1_000, { provider });
}

export const countWait = (provider: string, waitMs: number): void => waits.record(waitMs / 1_000, { provider });
