import { meshFailed } from '@millrace/contracts/mesh';
import { onEvent, type Subscription } from '@millrace/events';
import type { WakeSetups } from './wake-setups.ts';

export const onMeshFailed = (wake: WakeSetups): Subscription =>
  onEvent(meshFailed, ({ data }) => wake(`mesh:${data.meshId}`));
