import type { Secret } from '@millrace/outside/signing';
import { type Category, categories } from './category.ts';
import type { Channel, SentChannel } from './channel.ts';
import { ownLocale } from './locale.ts';
import type { DigestFrequency, QuietHours } from './zoned-time.ts';

/** What people switch on and off: each category, and what has failed for good in any of them. */
export const topics = [...categories, 'failures'] as const;
export type Topic = Category | 'failures';

type Matrix = Readonly<Record<Topic, Readonly<Record<Channel, boolean>>>>;

/** How somebody wants to hear of things. */
export type Preferences = {
  readonly contacts: Readonly<Record<Exclude<SentChannel, 'push'>, string | null>>;
  readonly channels: Matrix;
  /** The language that one is told in, as a tag (BCP 47), or the nearest that there is. */
  readonly locale: string;
  /** IANA. */
  readonly timeZone: string;
  readonly quietHours: QuietHours | null;
  readonly digest: DigestFrequency;
  /** When a daily digest comes, `HH:MM`. */
  readonly digestAt: string;
  /** What is still unread after so long is sent by that channel, too. */
  readonly escalation: { readonly afterMinutes: number; readonly channel: SentChannel } | null;
};

/** What somebody changes; what is left out stays as it is. */
export type PreferencesChange = {
  readonly [Setting in Exclude<keyof Preferences, 'contacts' | 'channels'>]?: Preferences[Setting] | undefined;
} & {
  readonly contacts?: { readonly [Way in keyof Preferences['contacts']]?: string | null | undefined } | undefined;
  readonly channels?:
    | { readonly [Each in Topic]?: { readonly [Way in Channel]?: boolean | undefined } | undefined }
    | undefined;
};

/** Somebody with all addresses. */
export type Reachable = Preferences & {
  /** The push endpoints of their browsers, the newest first. */
  readonly browsers: readonly string[];
};

export type Person = Reachable & {
  readonly _id: string;
  /** What signs webhooks to this person, the newest first. */
  readonly secrets: readonly Secret[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Where somebody is reached by a channel; push reaches each of their browsers. */
export const addressesOf = ({ contacts, browsers }: Reachable, channel: SentChannel): readonly string[] =>
  channel === 'push' ? browsers : [contacts[channel]].filter((address) => address !== null);

/** What cannot be switched off: a failure for good is never kept from whoever asked for the work. */
export const mandatory: readonly (readonly [Topic, Channel])[] = [
  ['failures', 'inbox'],
  ['failures', 'email'],
];

export const isMandatory = (topic: Topic, channel: Channel): boolean =>
  mandatory.some(([fixedTopic, fixed]) => fixedTopic === topic && fixed === channel);

/** The mandatory cells that a change would switch off. */
export const mutedAgainstRule = ({ channels = {} }: PreferencesChange): readonly (readonly [Topic, Channel])[] =>
  mandatory.filter(([topic, channel]) => channels[topic]?.[channel] === false);

const allOn = { inbox: true, email: true, slack: true, webhook: true, push: true };

/** Everything by every way that there is: who gives an address wants to be reached by it. */
export const defaultPreferences: Preferences = {
  contacts: { email: null, slack: null, webhook: null },
  channels: Object.fromEntries(topics.map((topic) => [topic, allOn])) as Matrix,
  locale: ownLocale,
  timeZone: 'UTC',
  quietHours: null,
  digest: 'immediate',
  digestAt: '08:00',
  escalation: null,
};

/** What the operators share: the addresses to which the cluster's alerts go, whoever is on duty. */
export const operatorsRoom = '@operators';

/** The room as a person without an inbox, who never sleeps. */
export const roomOf = (contacts: Pick<Preferences['contacts'], 'email' | 'slack'>): Preferences => ({
  ...defaultPreferences,
  contacts: { ...defaultPreferences.contacts, ...contacts },
});
