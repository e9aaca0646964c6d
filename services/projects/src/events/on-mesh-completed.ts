import { meshCompleted } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { WakeSetups } from './wake-setups.ts';

export const onMeshCompleted = (wake: WakeSetups): Subscription =>
  onEvent(meshCompleted, ({ data }) => wake(`mesh:${data.meshId}`));
