import { newSecret, rotated } from '@millrace/outside/signing';
import type { Connection } from 'mongoose';
import { defaultPreferences, operatorsRoom, type Person, type Preferences } from '../domain/preferences.ts';

export type People = {
  /** Everybody has preferences: the default ones until they choose. */
  find(sub: string): Promise<Person>;
  /** The same, from now on with a secret that stays. */
  known(sub: string): Promise<Person>;
  set(sub: string, preferences: Preferences): Promise<Person>;
  rotateSecret(sub: string): Promise<Person>;
};

/** Collection `people`, `_id` = the `sub`. @param room what the operators share; it is configured, not chosen. */
export function createPeople(database: Connection, room: Preferences): People {
  const rows = () => database.collection<Person>('people');
  const find = async (sub: string): Promise<Person> => {
    const now = new Date();
    const fresh = { secrets: [{ secret: newSecret(), until: null }], createdAt: now, updatedAt: now };
    if (sub === operatorsRoom) return { _id: sub, ...room, ...fresh };
    const existing = await rows().findOne({ _id: sub });
    return existing ?? { _id: sub, ...defaultPreferences, ...fresh };
  };
  /** So that what is shown is what signs. */
  const keep = async (person: Person): Promise<Person> => {
    const { _id, ...fields } = person;
    await rows().updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
    return find(_id);
  };
  const change = async (sub: string, fields: Partial<Person>): Promise<Person> => {
    await keep(await find(sub));
    await rows().updateOne({ _id: sub }, { $set: { ...fields, updatedAt: new Date() } });
    return find(sub);
  };
  return {
    find,
    known: async (sub) => keep(await find(sub)),
    set: (sub, preferences) => change(sub, preferences),
    async rotateSecret(sub) {
      const { secrets } = await keep(await find(sub));
      return change(sub, { secrets: rotated(secrets, newSecret(), new Date()) });
    },
  };
}
