import { meshCancelled } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { TellWebhooks } from './tell-webhooks.ts';

export const onMeshCancelled = (tell: TellWebhooks): Subscription =>
  onEvent(meshCancelled, (event) => tell('mesh.cancelled', event));
