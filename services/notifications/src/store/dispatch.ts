import { deliverNotification, digestNotifications } from '@millrace/contracts/notifications';
import type { Jobs } from '@millrace/jobs';
import type { SentChannel } from '../domain/channel.ts';
import { digestId } from '../domain/delivery.ts';
import type { Planned } from '../domain/plan.ts';
import type { Deliveries } from './deliveries.ts';
import type { Digests } from './digests.ts';

type Stores = {
  readonly deliveries: Deliveries;
  readonly digests: Digests;
  readonly jobs: Promise<Pick<Jobs, 'enqueue'>>;
};

export type Dispatch = (planned: Planned) => Promise<void>;

/** Writes a delivery down and commands its sending. The same again changes nothing: whoever died in between does it once more. */
export const dispatcher =
  ({ deliveries, digests, jobs }: Stores): Dispatch =>
  async ({ draft, gatherUntil }) => {
    if (gatherUntil) return gather({ deliveries, digests, jobs }, draft, gatherUntil);
    await deliveries.add(draft);
    if (draft.state !== 'queued' && draft.state !== 'held') return;
    const id = draft._id;
    const runAt = draft.notBefore ? { runAt: draft.notBefore } : {};
    await (await jobs).enqueue(deliverNotification, { deliveryId: id, generation: 0 }, { id, ...runAt });
  };

async function gather({ deliveries, digests, jobs }: Stores, draft: Planned['draft'], until: Date): Promise<void> {
  const { recipient, to, digestId: wished } = draft;
  const channel = draft.channel as SentChannel;
  if (!wished) throw new Error(`delivery ${draft._id} is to be gathered, and names no digest`);
  await digests.open({ _id: wished, recipient, channel, to, until });
  await deliveries.add(draft);
  await (await jobs).enqueue(digestNotifications, { digestId: wished }, { id: wished, runAt: until });
  // Its time may have come between the plan and now: then this one goes by itself, unless the digest has seen it.
  if (!(await digests.isClosed(wished))) return;
  const own = digestId(recipient, { channel, to }, draft._id, until);
  if (!(await deliveries.regather(draft._id, wished, own))) return;
  await digests.open({ _id: own, recipient, channel, to, until });
  await (await jobs).enqueue(digestNotifications, { digestId: own }, { id: own });
}
