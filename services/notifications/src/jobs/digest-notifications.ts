import { deliverNotification, digestNotifications } from '@millrace/contracts/notifications';
import { defineJob, discard, done } from '@millrace/jobs';
import { catalogue } from '../domain/catalogue.ts';
import type { Delivery } from '../domain/delivery.ts';
import { gatheredContent } from '../domain/message.ts';
import { phrasesIn } from '../domain/phrases.ts';
import { wants } from '../domain/plan.ts';
import type { Person } from '../domain/preferences.ts';
import type { Deliveries } from '../store/deliveries.ts';
import type { Digest, Digests } from '../store/digests.ts';

export type DigestDeps = {
  readonly deliveries: Pick<Deliveries, 'gathered' | 'add'>;
  readonly digests: Pick<Digests, 'close'>;
  readonly people: { find(sub: string): Promise<Person> };
  readonly isRead: (notificationId: string) => Promise<boolean>;
};

/** Makes one delivery of all that was gathered; of what was read meanwhile nothing is said, and of nothing no message is made. */
export const digestNotificationsJob = (deps: DigestDeps) =>
  defineJob(digestNotifications, {
    async run({ payload: { digestId } }) {
      const digest = await deps.digests.close(digestId);
      if (!digest) return discard('nothing was gathered');
      const person = await deps.people.find(digest.recipient);
      const isNews = await Promise.all(
        (await deps.deliveries.gathered(digestId)).map(async (one) => ({
          one,
          isNews:
            wants(person, one.topic, one.channel) && !(one.notificationId && (await deps.isRead(one.notificationId))),
        })),
      );
      const news = isNews.filter((each) => each.isNews).map(({ one }) => one);
      const [first] = news;
      if (!first) return discard('all of it was read meanwhile, or is no longer wanted');
      await deps.deliveries.add(digestOf(digest, first, news, person.locale));
      return done({
        result: { notices: news.length },
        jobs: [{ name: deliverNotification.name, payload: { deliveryId: digestId, generation: 0 } }],
      });
    },
  });

/** One that is alone goes as it would have gone by itself. */
function digestOf({ _id, recipient, channel, to }: Digest, first: Delivery, news: readonly Delivery[], locale: string) {
  const isAlone = news.length === 1;
  const types = new Set(news.map(({ type }) => type));
  const many = types.size === 1 ? catalogue.get(first.type)?.many : undefined;
  const { topic, category, level, type } = first;
  return {
    ...{ _id, recipient, channel, to, topic, category, level },
    kind: isAlone ? first.kind : ('digest' as const),
    type: isAlone ? type : 'notification.digest',
    templateVersion: isAlone ? first.templateVersion : null,
    happenedAt: first.happenedAt,
    notificationId: isAlone ? first.notificationId : null,
    eventIds: news.flatMap(({ eventIds }) => eventIds),
    content: gatheredContent(
      news.map(({ content }) => content),
      locale,
      many,
    ),
    why: isAlone ? first.why : phrasesIn(locale).whyGathered,
    state: 'queued' as const,
    digestId: null,
    notBefore: null,
    traceId: first.traceId,
  };
}
