import { newSecret, rotated } from '@millrace/outside/signing';
import type { Connection } from 'mongoose';
import {
  defaultPreferences,
  operatorsRoom,
  type Person,
  type Preferences,
  type PreferencesChange,
  topics,
} from '../domain/preferences.ts';
import type { Browsers } from './browsers.ts';

export type People = {
  /** Everybody has preferences: the default ones until they choose. */
  find(sub: string): Promise<Person>;
  /** The same, from now on with a secret that stays. */
  known(sub: string): Promise<Person>;
  /** Writes what is named and nothing else: of two who change different things at once, neither undoes the other's. */
  change(sub: string, change: PreferencesChange): Promise<Person>;
  /** Each of two who ask at once gets a secret that signs: the later one is the newer. */
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
  const rotate = async (sub: string): Promise<void> => {
    for (;;) {
      const { secrets } = await read(sub);
      const $set = { secrets: rotated(secrets, newSecret(), new Date()), updatedAt: new Date() };
      const newest = { 'secrets.0.secret': secrets[0]?.secret } as object;
      if ((await rows().updateOne({ _id: sub, ...newest }, { $set })).matchedCount > 0) return;
    }
  };
  return {
    find,
    async known(sub) {
      await keep(sub);
      return find(sub);
    },
    async change(sub, change) {
      await keep(sub);
      await rows().updateOne({ _id: sub }, { $set: { ...fieldsOf(change), updatedAt: new Date() } });
      return find(sub);
    },
    async rotateSecret(sub) {
      await keep(sub);
      await rotate(sub);
      return find(sub);
    },
  };
}

/** Each value by its own path in the row. */
function fieldsOf({ contacts = {}, channels = {}, ...settings }: PreferencesChange): Record<string, unknown> {
  const { locale, timeZone, quietHours, digest, digestAt, escalation } = settings;
  const whole = { locale, timeZone, quietHours, digest, digestAt, escalation };
  const switches = Object.entries(channels).map(([topic, on]) => under(`channels.${topic}`, on ?? {}));
  const fields = Object.entries({ ...whole, ...under('contacts', contacts), ...Object.assign({}, ...switches) });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

const under = (path: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${path}.${key}`, value]));

/** Who chose before a channel or a setting came has it as whoever has not chosen. */
const withWhatIsNew = (row: Row): Row => ({
  ...defaultPreferences,
  ...row,
  channels: Object.fromEntries(
    topics.map((topic) => [topic, { ...defaultPreferences.channels[topic], ...row.channels[topic] }]),
  ) as Row['channels'],
});
