import { meshFailed } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { TellWebhooks } from './tell-webhooks.ts';

export const onMeshFailed = (tell: TellWebhooks): Subscription =>
  onEvent(meshFailed, (event) => tell('mesh.failed', event));
