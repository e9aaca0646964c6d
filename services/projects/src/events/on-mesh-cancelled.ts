import { meshCancelled } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { WakeSetups } from './wake-setups.ts';

export const onMeshCancelled = (wake: WakeSetups): Subscription =>
  onEvent(meshCancelled, ({ data }) => wake(`mesh:${data.meshId}`));
