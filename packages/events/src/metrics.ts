import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('@millrace/events');

const published = meter.createCounter('events_published_total', { description: 'Events that the stream has stored.' });
const processed = meter.createCounter('events_processed_total', { description: 'Deliveries by how they ended.' });

export type DeliveryEnd = 'handled' | 'duplicate' | 'retried' | 'buried';

export const countPublished = (type: string): void => published.add(1, { event: type });

export const countProcessed = (type: string, end: DeliveryEnd): void => processed.add(1, { event: type, end });
