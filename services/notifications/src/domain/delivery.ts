import { v5 as uuidv5 } from 'uuid';
import type { Category } from './category.ts';
import { type Channel, isForPeople, type SentChannel } from './channel.ts';
import type { Content } from './message.ts';
import type { Topic } from './preferences.ts';

/** What a delivery is for. */
export const deliveryKinds = ['notice', 'digest', 'escalation', 'reminder', 'test'] as const;
type Kind = (typeof deliveryKinds)[number];

/** How a notice weighs: `failure` cannot be muted, `critical` waits for nothing. */
export type Level = 'info' | 'failure' | 'critical';

/**
 * | state | the message |
 * |---|---|
 * | queued | waits for its turn |
 * | gathered | waits for the digest that it will be part of |
 * | held | waits for the end of quiet hours, or for the time of an escalation |
 * | sending | is on its way; after a crash, nobody knows whether it arrived |
 * | retrying | was not taken, and is sent again |
 * | delivered | was taken by its receiver |
 * | digested | was told as part of another delivery |
 * | throttled | was told a moment ago already |
 * | skipped | is no longer to be sent, for the reason given |
 * | bounced | has an address that does not exist; nothing is sent there any more |
 * | failed | was refused, or never taken |
 */
export const deliveryStates = [
  'queued',
  'gathered',
  'held',
  'sending',
  'retrying',
  'delivered',
  'digested',
  'throttled',
  'skipped',
  'bounced',
  'failed',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

const ends: readonly DeliveryState[] = ['delivered', 'digested', 'throttled', 'skipped', 'bounced', 'failed'];
export const hasEnded = (state: DeliveryState): boolean => ends.includes(state);

/**
 * What a receiver said. `taken`: it has it. `again`: it surely does not, and may later. `unknown`: it may have it.
 * `refused`: it will never take this message. `bounced`: the address is none.
 */
export type Verdict = 'taken' | 'again' | 'unknown' | 'refused' | 'bounced';

export type Attempt = {
  readonly at: Date;
  readonly verdict: Verdict;
  /** The SMTP or HTTP status; null without an answer. */
  readonly status: number | null;
  readonly answer: string | null;
  readonly tookMs: number | null;
};

/** One message to one address. */
export type Delivery = {
  readonly _id: string;
  readonly kind: Kind;
  readonly recipient: string;
  readonly channel: Channel;
  readonly to: string;
  readonly topic: Topic;
  /** All that a message of several tells of, each once. Absent in what tells of its `topic` alone. */
  readonly topics?: readonly Topic[];
  readonly category: Category;
  readonly level: Level;
  /** The inbox entry whose reading makes the message needless. */
  readonly notificationId: string | null;
  readonly eventIds: readonly string[];
  /** The event's type; that of the kind for what no event has caused. */
  readonly type: string;
  /** Of the template that made the text; null for what has none, or several. */
  readonly templateVersion: number | null;
  /** When the event happened, of several the oldest; null for what no event has caused. */
  readonly happenedAt: Date | null;
  readonly content: Content;
  /** Why this person gets it, in words. */
  readonly why: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly digestId: string | null;
  readonly notBefore: Date | null;
  /** How often somebody had it sent again. */
  readonly generation: number;
  readonly attempts: readonly Attempt[];
  /** Attempts that may have told it twice: the one before had an unknown outcome. All carried the same message id. */
  readonly repeats: number;
  readonly timeline: readonly { readonly at: Date; readonly state: DeliveryState; readonly reason: string | null }[];
  readonly traceId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A delivery as it is wished for; how it fares is the store's to add. */
export type DeliveryDraft = Omit<
  Delivery,
  'reason' | 'generation' | 'attempts' | 'repeats' | 'timeline' | 'createdAt' | 'updatedAt'
> & { readonly reason?: string };

/** Never to be changed: it would send everybody everything again. */
const namespace = '9d3f0b52-6a3e-5c0e-8d3f-2f5f6c9d1a44';

/** The same message to the same address has the same id: so nobody is told twice, whoever else is told. */
export const deliveryId = (cause: string, channel: Channel, to: string): string =>
  uuidv5(`${cause}|${channel}|${to}`, namespace);

/** What a message tells of, each once. */
export const topicsOf = ({ topic, topics = [topic] }: Pick<Delivery, 'topic' | 'topics'>): readonly Topic[] => topics;

type Target = { readonly channel: SentChannel; readonly to: string };

/** One for each span of a person and channel; of push, for each browser. */
export const digestId = (recipient: string, { channel, to }: Target, what: string, until: Date): string =>
  uuidv5(
    `digest|${recipient}|${channel}|${what}|${until.toISOString()}${channel === 'push' ? `|${to}` : ''}`,
    namespace,
  );

/** Whether it counts against what a person may get in an hour: what is critical, meant for programs or asked for by hand does not, nor what is under way already. */
export const isLimited = ({ channel, level, kind, generation, attempts }: Delivery): boolean =>
  isForPeople(channel) &&
  level !== 'critical' &&
  kind !== 'test' &&
  kind !== 'reminder' &&
  generation === 0 &&
  attempts.length === 0;
