import { randomUUID } from 'node:crypto';
import mongoose, { type mongo } from 'mongoose';
import { bareAmqplib } from './bare-amqplib.ts';
import type { Contestant, Place } from './contestant.ts';
import { dropDatabase } from './drop-database.ts';

type Row = {
  _id: string;
  index: number;
  state: 'available' | 'executing' | 'completed';
  token?: string;
  createdAt: Date;
  startedAt?: Date;
  endedAt?: Date;
};

/**
 * What one writes around the two bare libraries to keep a record of each job: insert, publish; claim, perform, end, acknowledge. It
 * pays for the same three journalled writes and the same message as Millrace, and for nothing else.
 */
export const byHand: Contestant = {
  name: 'by hand: amqplib and the same MongoDB',
  promises:
    'an accepted job survives the broker and the database while its process lives; its record, claim and end are kept, and nobody brings back what a dead process had in hand',
  async produce(place) {
    const rows = await rowsAt(place);
    const publish = await bareAmqplib.produce(place);
    return async (index) => {
      await rows.insertOne({ _id: idOf(index), index, state: 'available', createdAt: new Date() });
      await publish(index);
    };
  },
  async work(place, { inFlight, perform }) {
    const rows = await rowsAt(place);
    await bareAmqplib.work(place, {
      inFlight,
      perform: async (index) => {
        const token = randomUUID();
        const claimed = await rows.findOneAndUpdate(
          { _id: idOf(index), state: 'available' },
          { $set: { state: 'executing', token, startedAt: new Date() } },
        );
        if (!claimed) return;
        await perform(claimed.index);
        await rows.updateOne({ _id: claimed._id, token }, { $set: { state: 'completed', endedAt: new Date() } });
      },
    });
  },
  async wipe(place) {
    await dropDatabase(place);
    await bareAmqplib.wipe?.(place);
  },
};

const idOf = (index: number) => `job-${index}`;

/** Indexed by what somebody would look for: without that, writes would be cheaper than anybody's. */
async function rowsAt({ mongodbUri, name }: Place): Promise<mongo.Collection<Row>> {
  const database = await mongoose.createConnection(mongodbUri, { dbName: name }).asPromise();
  const rows = database
    .getClient()
    .db(name)
    .collection<Row>('jobs', { writeConcern: { w: 'majority', journal: true } });
  await rows.createIndexes([{ key: { state: 1, createdAt: 1 }, name: 'state' }]);
  return rows;
}
