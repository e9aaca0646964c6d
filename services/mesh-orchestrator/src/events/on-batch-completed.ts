import { batchCompleted } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { TellWebhooks } from './tell-webhooks.ts';

export const onBatchCompleted = (tell: TellWebhooks): Subscription =>
  onEvent(batchCompleted, (event) => tell('batch.completed', event));
