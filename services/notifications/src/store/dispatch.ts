import { deliverNotification, digestNotifications } from '@millrace/contracts/notifications';
import type { Jobs } from '@millrace/jobs';
import type { SentChannel } from '../domain/channel.ts';
import { type Delivery, digestId } from '../domain/delivery.ts';
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

export type GatherLater = (delivery: Delivery, until: Date, reason: string) => Promise<void>;

/** Puts what was to go by itself into a message that goes at a time. The same again changes nothing, also later: it stays where it was put first. */
export const gatherLater =
  (stores: Stores): GatherLater =>
  async (delivery, until, reason) => {
    const { _id, recipient, to } = delivery;
    const channel = delivery.channel as SentChannel;
    const known = delivery.state === 'gathered' ? delivery.digestId : null;
    const wished = known ?? digestId(recipient, { channel, to }, 'excess', until);
    await stores.digests.open({ _id: wished, recipient, channel, to, until });
    const more = { state: { $in: ['queued', 'held', 'gathered'] } };
    await stores.deliveries.move(_id, 'gathered', { reason, set: { digestId: wished }, more });
    await gathered(stores, delivery, wished, until);
  };

async function gather(stores: Stores, draft: Planned['draft'], until: Date): Promise<void> {
  const { recipient, to, digestId: wished } = draft;
  const channel = draft.channel as SentChannel;
  if (!wished) throw new Error(`delivery ${draft._id} is to be gathered, and names no digest`);
  await stores.digests.open({ _id: wished, recipient, channel, to, until });
  await stores.deliveries.add(draft);
  await gathered(stores, draft, wished, until);
}

type Member = Pick<Delivery, '_id' | 'recipient' | 'channel' | 'to'>;

async function gathered(stores: Stores, member: Member, wished: string, until: Date): Promise<void> {
  const { deliveries, digests, jobs } = stores;
  const { _id, recipient, to } = member;
  const channel = member.channel as SentChannel;
  await (await jobs).enqueue(digestNotifications, { digestId: wished }, { id: wished, runAt: until });
  // Its time may have come between the plan and now: then this one goes by itself, unless the digest has seen it.
  if (!(await digests.isClosed(wished))) return;
  const own = digestId(recipient, { channel, to }, _id, until);
  if (!(await deliveries.regather(_id, wished, own))) return;
  await digests.open({ _id: own, recipient, channel, to, until });
  await (await jobs).enqueue(digestNotifications, { digestId: own }, { id: own });
}
