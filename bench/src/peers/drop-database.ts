import mongoose from 'mongoose';
import type { Place } from './contestant.ts';

/** Of the place, with everything in it. */
export async function dropDatabase({ mongodbUri, name: dbName }: Place): Promise<void> {
  const database = await mongoose.createConnection(mongodbUri, { dbName }).asPromise();
  await database.dropDatabase();
  await database.close();
}
