import { deliverNotification, digestNotifications } from '@millrace/contracts/notifications';
import { defineJob, discard, done } from '@millrace/jobs';
import { catalogue } from '../domain/catalogue.ts';
import { type Delivery, topicsOf } from '../domain/delivery.ts';
import { gatheredContent } from '../domain/message.ts';
import { phrasesIn } from '../domain/phrases.ts';
import { wants } from '../domain/plan.ts';
import type { Person } from '../domain/preferences.ts';
import type { Deliveries } from '../store/deliveries.ts';
import type { Digest, Digests } from '../store/digests.ts';

export type DigestDeps = {
  readonly deliveries: Pick<Deliveries, 'find' | 'gathered' | 'add'>;
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
      // Written by a run that died before its end, it is sent, whatever was read since.
      const written = (await deps.deliveries.find(digestId)) ?? (await writtenOf(deps, digest));
      if (!written) return discard('all of it was read meanwhile, or is no longer wanted');
      return done({
        result: { notices: written.eventIds.length },
        jobs: [{ name: deliverNotification.name, payload: { deliveryId: digestId, generation: 0 } }],
      });
    },
  });

/** @returns undefined when nothing of it is news. */
async function writtenOf({ deliveries, people, isRead }: DigestDeps, digest: Digest) {
  const person = await people.find(digest.recipient);
  const news: Delivery[] = [];
  for (const one of await deliveries.gathered(digest._id)) {
    const isWanted = topicsOf(one).some((topic) => wants(person, topic, one.channel));
    const isNews = isWanted && !(one.notificationId && (await isRead(one.notificationId)));
    if (isNews) news.push(one);
  }
  const [first] = news;
  if (!first) return undefined;
  const draft = digestOf(digest, first, news, person.locale);
  await deliveries.add(draft);
  return draft;
}

/** One that is alone goes as it would have gone by itself. */
function digestOf({ _id, recipient, channel, to }: Digest, first: Delivery, news: readonly Delivery[], locale: string) {
  const isAlone = news.length === 1;
  const topics = [...new Set(news.flatMap(topicsOf))];
  const types = new Set(news.map(({ type }) => type));
  const many = types.size === 1 ? catalogue.get(first.type)?.many : undefined;
  const { topic, category, level, type } = first;
  return {
    ...{ _id, recipient, channel, to, topic, category, level },
    ...(topics.length > 1 && { topics }),
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
