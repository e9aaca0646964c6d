import { batchFailed } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { TellWebhooks } from './tell-webhooks.ts';

export const onBatchFailed = (tell: TellWebhooks): Subscription =>
  onEvent(batchFailed, (event) => tell('batch.failed', event));
