import { catalogue } from './catalogue.ts';
import { isForPeople, type SentChannel, sentChannels } from './channel.ts';
import { type DeliveryDraft, deliveryId, digestId, type Level } from './delivery.ts';
import { contentOf } from './message.ts';
import type { Notice } from './notice.ts';
import { phrasesIn } from './phrases.ts';
import { addressesOf, isMandatory, type Preferences, type Reachable, type Topic } from './preferences.ts';
import { digestEnd } from './zoned-time.ts';

/** A delivery that is wished for, and until when it is gathered with others. */
export type Planned = { readonly draft: DeliveryDraft; readonly gatherUntil: Date | null };

type Circumstances = {
  readonly now: Date;
  readonly burstMs: number;
  /** When the event happened. */
  readonly at: Date;
};

export const levelOf = (type: string): Level => catalogue.get(type)?.level ?? 'info';

export const templateVersionOf = (type: string): number | null => catalogue.get(type)?.template.version ?? null;

/** What a notice is switched on and off by. */
export const topicOf = ({ category }: Pick<Notice, 'category'>, type: string): Topic =>
  levelOf(type) === 'failure' ? 'failures' : category;

export const wants = (
  { channels }: Preferences,
  topic: Topic,
  channel: keyof Preferences['channels'][Topic],
): boolean => channels[topic][channel] || isMandatory(topic, channel);

/** What is sent of a notice, and where: one delivery for each address of the channels that the person wants, and later others if it stays unread. */
export function planOf(notice: Notice, type: string, person: Reachable, circumstances: Circumstances): Planned[] {
  const topic = topicOf(notice, type);
  const ways = catalogue.get(type)?.channels ?? sentChannels;
  const chosen = ways.flatMap((channel) =>
    wants(person, topic, channel) ? addressesOf(person, channel).map((to) => ({ channel, to })) : [],
  );
  const sent = chosen.map(({ channel, to }) => sentNow(notice, type, person, { channel, to }, circumstances));
  const isTold = chosen.some(({ channel }) => channel === person.escalation?.channel);
  return isTold ? sent : [...sent, ...escalationsOf(notice, type, person, circumstances)];
}

type Target = { readonly channel: SentChannel; readonly to: string };

function sentNow(notice: Notice, type: string, person: Preferences, target: Target, circumstances: Circumstances) {
  const gatherUntil = gatheredUntil(type, person, target.channel, circumstances);
  const why = phrasesIn(notice.locale).whySwitchedOn(topicOf(notice, type), target.channel);
  const draft = draftOf(notice, type, target, { kind: 'notice', why, at: circumstances.at });
  if (!gatherUntil) return { draft, gatherUntil };
  const what = person.digest === 'immediate' ? type : person.digest;
  const digest = digestId(notice.recipient, target, what, gatherUntil);
  return { draft: { ...draft, state: 'gathered' as const, digestId: digest }, gatherUntil };
}

/** Until when it waits for others; null when it goes at once. What is critical never waits, and neither do programs. */
function gatheredUntil(type: string, person: Preferences, channel: SentChannel, { now, burstMs }: Circumstances) {
  if (levelOf(type) === 'critical' || !isForPeople(channel)) return null;
  if (person.digest !== 'immediate') {
    return digestEnd(person.digest, { dailyAt: person.digestAt, timeZone: person.timeZone }, now);
  }
  if (!catalogue.get(type)?.many || burstMs === 0) return null;
  return new Date((Math.floor(now.getTime() / burstMs) + 1) * burstMs);
}

function escalationsOf(notice: Notice, type: string, person: Reachable, { now, at }: Circumstances): Planned[] {
  if (!person.escalation) return [];
  const { afterMinutes, channel } = person.escalation;
  const why = phrasesIn(notice.locale).whyUnread(afterMinutes);
  const notBefore = new Date(now.getTime() + afterMinutes * 60_000);
  return addressesOf(person, channel).map((to) => {
    const draft = draftOf(notice, type, { channel, to }, { kind: 'escalation', why, at });
    return { draft: { ...draft, state: 'held', notBefore }, gatherUntil: null };
  });
}

function draftOf(
  notice: Notice,
  type: string,
  { channel, to }: Target,
  { kind, why, at: happenedAt }: { kind: 'notice' | 'escalation'; why: string; at: Date },
): DeliveryDraft {
  const { id, recipient, category, eventId, traceId } = notice;
  const facts = {
    recipient,
    channel,
    to,
    topic: topicOf({ category }, type),
    category,
    level: levelOf(type),
    type,
    templateVersion: templateVersionOf(type),
    happenedAt,
  };
  const ids = { notificationId: id, eventIds: [eventId], digestId: null, traceId };
  const _id = deliveryId(`${kind}|${eventId}`, channel, to);
  return { _id, kind, ...facts, ...ids, content: contentOf(notice), why, state: 'queued', notBefore: null };
}
