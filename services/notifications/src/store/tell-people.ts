import { catalogue } from '../domain/catalogue.ts';
import { deliveryId } from '../domain/delivery.ts';
import { contentOf } from '../domain/message.ts';
import { type Notice, translated } from '../domain/notice.ts';
import { levelOf, type Planned, planOf, templateVersionOf, topicOf, wants } from '../domain/plan.ts';
import { operatorsRoom, type Person } from '../domain/preferences.ts';
import type { Dispatch } from './dispatch.ts';
import type { Notifications } from './notifications.ts';
import type { Throttle } from './throttle.ts';

type Parts = {
  readonly people: { find(sub: string): Promise<Person> };
  readonly notifications: Pick<Notifications, 'add'>;
  readonly dispatch: Dispatch;
  readonly throttle: Throttle;
  readonly now: () => Date;
  /** So long, messages of one kind wait for each other; 0 for not at all. */
  readonly burstMs: number;
};

type Told = {
  readonly type: string;
  readonly data: unknown;
  readonly at: Date;
  /** Why nothing of it is sent: the inbox alone shows it. Default null, it is sent. */
  readonly quiet?: string | null;
};

export type TellPeople = (notice: Notice, event: Told) => Promise<void>;

const throttleMs = 1_800_000;

/** Tells one person of an event by every way that they have chosen. The same event again changes nothing. */
export const tellPeople =
  ({ people, notifications, dispatch, throttle, now, burstMs }: Parts): TellPeople =>
  async (told, { type, data, at, quiet = null }) => {
    const person = await people.find(told.recipient);
    const notice = translated(told, { type, data }, person.locale);
    if (notice.recipient !== operatorsRoom) {
      // What is switched off in the inbox lies in its archive from the start, where it is neither unread nor in the way.
      const isArchived = !wants(person, topicOf(notice, type), 'inbox');
      await notifications.add([notice], { isArchived });
      await dispatch(inboxDelivery(notice, { type, at }, isArchived));
    }
    const key = catalogue.get(type)?.throttle?.(data);
    for (const planned of planOf(notice, type, person, { now: now(), burstMs, at })) {
      if (quiet !== null) await dispatch(unsent(planned, 'skipped', quiet));
      else await dispatch(key === undefined ? planned : await throttled(planned, key));
    }

    async function throttled(planned: Planned, key: string): Promise<Planned> {
      const { draft } = planned;
      const isFirst = await throttle.admits(`${key}|${draft.channel}|${draft.to}`, draft._id, now(), throttleMs);
      if (isFirst) return planned;
      return unsent(planned, 'throttled', 'the same was told within the last half hour');
    }
  };

const unsent = ({ draft }: Planned, state: 'throttled' | 'skipped', reason: string): Planned => ({
  gatherUntil: null,
  draft: { ...draft, state, digestId: null, reason },
});

/** The inbox is a channel, too: its delivery is the entry. */
const inboxDelivery = (notice: Notice, { type, at }: Pick<Told, 'type' | 'at'>, isArchived: boolean): Planned => ({
  gatherUntil: null,
  draft: {
    _id: deliveryId(`notice|${notice.eventId}`, 'inbox', notice.recipient),
    kind: 'notice',
    channel: 'inbox',
    to: notice.recipient,
    recipient: notice.recipient,
    topic: topicOf(notice, type),
    category: notice.category,
    level: levelOf(type),
    notificationId: notice.id,
    eventIds: [notice.eventId],
    type,
    templateVersion: templateVersionOf(type),
    happenedAt: at,
    content: contentOf(notice),
    why: 'You get this because it is yours, or you look after the cluster.',
    state: isArchived ? 'skipped' : 'delivered',
    ...(isArchived && { reason: 'it was switched off in the preferences, and lies in the archive' }),
    digestId: null,
    notBefore: null,
    traceId: notice.traceId,
  },
});
