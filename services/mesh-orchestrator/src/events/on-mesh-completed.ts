import { meshCompleted } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { TellWebhooks } from './tell-webhooks.ts';

export const onMeshCompleted = (tell: TellWebhooks): Subscription =>
  onEvent(meshCompleted, (event) => tell('mesh.completed', event));
