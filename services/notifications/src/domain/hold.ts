import { isForPeople, type SentChannel } from './channel.ts';
import type { Delivery } from './delivery.ts';
import { wants } from './plan.ts';
import type { Preferences, Reachable } from './preferences.ts';
import { quietUntil } from './zoned-time.ts';

/** Whether a message may go now, is to wait, or is no longer to go. */
export type Hold =
  | { readonly kind: 'none' }
  | { readonly kind: 'until'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string };

type Known = {
  readonly person: Reachable;
  /** The inbox entry was read or put away. */
  readonly isRead: boolean;
  /** Why nothing is sent to the address any more. */
  readonly suppressed: string | null;
};

/** Looked at when it is sent, and not only when it was planned: people change their minds in between. */
export function holdOf(delivery: Delivery, { person, isRead, suppressed }: Known, now: Date): Hold {
  const channel = delivery.channel as SentChannel;
  if (channel === 'push' && !person.browsers.includes(delivery.to)) {
    return { kind: 'never', reason: 'the browser was signed off' };
  }
  if (suppressed) return { kind: 'never', reason: `nothing is sent to this address: ${suppressed}` };
  if (delivery.kind === 'test') return { kind: 'none' };
  if (isUnwanted(delivery, person, channel)) return { kind: 'never', reason: 'it was switched off in the preferences' };
  if (delivery.kind === 'escalation' && isRead) return { kind: 'never', reason: 'it was read in the inbox' };
  if (delivery.notBefore && delivery.notBefore > now) {
    return { kind: 'until', until: delivery.notBefore, reason: 'it is sent if it is still unread by then' };
  }
  const until =
    isForPeople(channel) && delivery.level !== 'critical' ? quietUntil(person.quietHours, person.timeZone, now) : null;
  return until ? { kind: 'until', until, reason: 'quiet hours' } : { kind: 'none' };
}

/** A digest holds several topics: what was switched off was left out when it was made. */
const isUnwanted = ({ kind, topic }: Delivery, person: Preferences, channel: SentChannel): boolean =>
  kind === 'notice' && !wants(person, topic, channel);
