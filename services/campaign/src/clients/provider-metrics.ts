import { metrics } from '@opentelemetry/api';
import type { ObserveCall } from './provider-call.ts';

const calls = metrics
  .getMeter('millrace.campaign')
  .createCounter('image_provider_calls', { description: 'Single tries of calls to the image provider.' });

/** Counts one try by operation and outcome. */
export const countCall: ObserveCall = ({ operation, isGood, isRetry }) =>
  calls.add(1, { operation, outcome: isGood ? 'good' : 'failed', retry: isRetry });
