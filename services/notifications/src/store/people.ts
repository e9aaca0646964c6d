import { newSecret, rotated } from '@millrace/outside/signing';
import type { Connection } from 'mongoose';
import { defaultPreferences, operatorsRoom, type Person, type Preferences, topics } from '../domain/preferences.ts';
import type { Browsers } from './browsers.ts';

export type People = {
  /** Everybody has preferences: the default ones until they choose. */
  find(sub: string): Promise<Person>;
  /** The same, from now on with a secret that stays. */
  known(sub: string): Promise<Person>;
  set(sub: string, preferences: Preferences): Promise<Person>;
  rotateSecret(sub: string): Promise<Person>;
};

type Row = Omit<Person, 'browsers'>;

/** Collection `people`, `_id` = the `sub`. @param room what the operators share; it is configured, not chosen. */
export function createPeople(database: Connection, room: Preferences, browsers: Pick<Browsers, 'list'>): People {
  const rows = () => database.collection<Row>('people');
  const read = async (sub: string): Promise<Row> => {
    const now = new Date();
    const fresh = { secrets: [{ secret: newSecret(), until: null }], createdAt: now, updatedAt: now };
    if (sub === operatorsRoom) return { _id: sub, ...room, ...fresh };
    const existing = await rows().findOne({ _id: sub });
    return existing ? withWhatIsNew(existing) : { _id: sub, ...defaultPreferences, ...fresh };
  };
  const find = async (sub: string): Promise<Person> => {
    const [row, known] = await Promise.all([read(sub), browsers.list(sub)]);
    return { ...row, browsers: known.map(({ endpoint }) => endpoint) };
  };
  /** So that what is shown is what signs. */
  const keep = async (sub: string): Promise<void> => {
    const { _id, ...fields } = await read(sub);
    await rows().updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
  };
  const change = async (sub: string, fields: Partial<Row>): Promise<Person> => {
    await keep(sub);
    await rows().updateOne({ _id: sub }, { $set: { ...fields, updatedAt: new Date() } });
    return find(sub);
  };
  return {
    find,
    async known(sub) {
      await keep(sub);
      return find(sub);
    },
    set: (sub, { contacts, channels, locale, timeZone, quietHours, digest, digestAt, escalation }) =>
      change(sub, { contacts, channels, locale, timeZone, quietHours, digest, digestAt, escalation }),
    async rotateSecret(sub) {
      await keep(sub);
      const { secrets } = await read(sub);
      return change(sub, { secrets: rotated(secrets, newSecret(), new Date()) });
    },
  };
}

/** Who chose before a channel or a setting came has it as whoever has not chosen. */
const withWhatIsNew = (row: Row): Row => ({
  ...defaultPreferences,
  ...row,
  channels: Object.fromEntries(
    topics.map((topic) => [topic, { ...defaultPreferences.channels[topic], ...row.channels[topic] }]),
  ) as Row['channels'],
});
