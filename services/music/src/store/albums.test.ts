import { randomUUID } from 'node:crypto';
import { afterFile, components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { createMusicStore } from './music-store.ts';

const albumsForTests = async () => {
  const dbName = `albums-${randomUUID().slice(0, 8)}`;
  const database = await mongoose.createConnection(components().mongodbUri, { dbName }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
  return { jobs: database.collection<{ _id: string }>('jobs'), albums: createMusicStore(database).albums };
};

const wish = (_id = randomUUID()) => ({
  ...{ _id, title: 'Album 1', artists: [], ownerId: 'ann', musicbrainzReleaseGroupId: null },
  importJobId: randomUUID(),
});

test('an album whose job cannot be written is not there', async () => {
  const { albums } = await albumsForTests();
  const given = wish();

  const creation = albums.create(given, async () => {
    throw new Error('no job can be written');
  });

  await expect(creation).rejects.toThrow('no job can be written');
  expect(await albums.find(given._id)).toBeNull();
});

test('of the same album made at the same moment there is one, and each maker gets its job', async () => {
  const { albums, jobs } = await albumsForTests();
  const given = wish();

  const made = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      albums.create({ ...given, title: `Album ${index}` }, async ({ importJobId }, session) => {
        await jobs.updateOne({ _id: importJobId }, { $setOnInsert: { index } }, { upsert: true, session });
        return importJobId;
      }),
    ),
  );

  expect(new Set(made.map(({ album, job }) => `${album.title} ${job}`)).size).toBe(1);
  expect(await jobs.countDocuments()).toBe(1);
});
