import type { Labels } from './action.ts';
import type { Channel } from './channel.ts';
import { type InLocales, nearest, ownLocale } from './locale.ts';
import type { Topic } from './preferences.ts';

/** What messages say besides what has happened. */
type Phrases = {
  more(count: number): string;
  readonly look: string;
  readonly unsubscribe: string;
  readonly actions: Labels;
  whySwitchedOn(topic: Topic, channel: Channel): string;
  whyUnread(minutes: number): string;
  readonly whyGathered: string;
};

const german = {
  topics: {
    campaign: 'Kampagnen',
    mesh: 'Meshes',
    music: 'Musik',
    project: 'Projekte',
    operations: 'den Betrieb',
    failures: 'Fehlschläge',
  },
  channels: { inbox: 'im Eingang', email: 'per E-Mail', slack: 'in Slack', webhook: 'per Webhook', push: 'im Browser' },
} as const satisfies { topics: Record<Topic, string>; channels: Record<Channel, string> };

const phrases: InLocales<Phrases> = {
  en: {
    more: (count) => `… and ${count} more`,
    look: 'Look at it',
    unsubscribe: 'Not any more',
    actions: {
      retry: 'Try again',
      'retry-failed': 'Retry the failed ones',
      seed: 'Seed again',
      import: 'Import again',
      resume: 'Resume',
      refill: 'Refill',
      acknowledge: 'Acknowledge',
      snooze: 'Snooze',
    },
    whySwitchedOn: (topic, channel) =>
      `You get this because ${topic} by ${channel} is switched on in your preferences.`,
    whyUnread: (minutes) => `You get this because it was unread for ${minutes} minutes.`,
    whyGathered: 'You get this because you have news gathered; see your preferences.',
  },
  de: {
    more: (count) => `… und ${count} mehr`,
    look: 'Ansehen',
    unsubscribe: 'Nicht mehr schicken',
    actions: {
      retry: 'Noch einmal versuchen',
      'retry-failed': 'Fehlgeschlagene wiederholen',
      seed: 'Noch einmal füllen',
      import: 'Noch einmal importieren',
      resume: 'Fortsetzen',
      refill: 'Auffüllen',
      acknowledge: 'Übernehmen',
      snooze: 'Später erinnern',
    },
    whySwitchedOn: (topic, channel) =>
      `Das kommt, weil Nachrichten über ${german.topics[topic]} ${german.channels[channel]} in den Einstellungen eingeschaltet sind.`,
    whyUnread: (minutes) => `Das kommt, weil es ${minutes} Minuten lang ungelesen war.`,
    whyGathered: 'Das kommt, weil Neuigkeiten gesammelt werden; siehe die Einstellungen.',
  },
};

/** @param locale default English: what former releases have written names none. */
export const phrasesIn = (locale: string = ownLocale): Phrases => nearest(locale, phrases).words;

/** What several things of several kinds are called together. */
export const thingsHappened: InLocales<(count: number) => string> = {
  en: (count) => `${count} things have happened`,
  de: (count) => `${count} Neuigkeiten`,
};
