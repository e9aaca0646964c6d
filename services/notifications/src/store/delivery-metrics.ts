import { metrics } from '@opentelemetry/api';
import type { Delivery, DeliveryState } from '../domain/delivery.ts';

const meter = metrics.getMeter('millrace.notifications');
const deliveries = meter.createCounter('notification_deliveries_total', {
  description: 'Deliveries that have ended, by channel, category and outcome.',
});
const durations = meter.createHistogram('notification_delivery_seconds', {
  description: 'From what happened until a receiver had it, quiet hours and digests included.',
  unit: 's',
  advice: {
    explicitBucketBoundaries: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 14_400, 86_400],
  },
});

export type Counted = Pick<Delivery, 'channel' | 'category' | 'happenedAt'>;

/** Counts the end of a delivery, and, when it was delivered, how long after the event that was. */
export function countEnd({ channel, category, happenedAt }: Counted, outcome: DeliveryState, now: Date): void {
  deliveries.add(1, { channel, category, outcome });
  if (outcome !== 'delivered' || !happenedAt) return;
  durations.record(Math.max(0, now.getTime() - happenedAt.getTime()) / 1_000, { channel, category });
}
