import { abandonDelivery } from '@millrace/contracts/notifications';
import { defineJob, discard, done } from '@millrace/jobs';
import type { Deliveries } from '../store/deliveries.ts';

/** Closes a delivery whose job was cancelled, or has died for good without a word. */
export const abandonDeliveryJob = ({ deliveries }: { readonly deliveries: Pick<Deliveries, 'abandon'> }) =>
  defineJob(abandonDelivery, {
    async run({ payload: { deliveryId, generation, reason } }) {
      const wasOpen = await deliveries.abandon(deliveryId, generation, reason);
      return wasOpen ? done() : discard('the delivery has ended already');
    },
  });
