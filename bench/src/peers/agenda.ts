import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, type Job } from 'agenda';
import type { Contestant, Place } from './contestant.ts';
import { dropDatabase } from './drop-database.ts';

/** It looks for due jobs at intervals; with the shortest one that its users choose. */
export const agenda: Contestant = {
  name: 'Agenda, the same MongoDB',
  promises: 'an accepted job survives the database; records are kept there',
  async produce(place) {
    const agenda = new Agenda({ backend: backendAt(place) });
    await agenda.ready;
    return (index) => agenda.now('noop', { index });
  },
  async work(place, { inFlight, perform }) {
    const agenda = new Agenda({
      backend: backendAt(place),
      processEvery: 100,
      maxConcurrency: inFlight,
      defaultConcurrency: inFlight,
      defaultLockLimit: inFlight * 4,
    });
    agenda.define('noop', ({ attrs }: Job<{ index: number }>, end) => {
      perform(attrs.data.index).then(() => end(), end);
    });
    await agenda.start();
  },
  wipe: dropDatabase,
};

function backendAt({ mongodbUri, name }: Place): MongoBackend {
  const address = new URL(mongodbUri);
  address.pathname = `/${name}`;
  return new MongoBackend({ address: address.href });
}
