import mongoose from 'mongoose';
import type { Lab } from './lab.ts';

export type BareClaims = {
  /** So many ask at once for one of those that are ready. @returns how long each waited who got one, in milliseconds. */
  rush(wanted: { asked: number; ready: number }): Promise<number[]>;
};

type Member = { _id: string; state: 'ready' | 'claimed'; at: Date; owner: string | null };

/** As many as the service has. */
export const connections = 50;

/** What a claim costs at least where each is a command of its own: one `findOneAndUpdate` of the oldest that is ready, and no service before it. */
export async function withBareClaims<T>({ mongodbUri }: Lab, use: (bare: BareClaims) => Promise<T>): Promise<T> {
  const client = new mongoose.mongo.MongoClient(mongodbUri, { maxPoolSize: connections });
  try {
    const members = client.db('bench-bare-claims').collection<Member>('members');
    await members.createIndex({ state: 1, at: 1 });
    return await use({ rush: (wanted) => rush(members, wanted) });
  } finally {
    await client.close();
  }
}

async function rush(
  members: mongoose.mongo.Collection<Member>,
  { asked, ready }: { asked: number; ready: number },
): Promise<number[]> {
  await members.deleteMany({});
  await members.insertMany(
    Array.from({ length: ready }, () => ({ ...fresh, _id: crypto.randomUUID(), at: new Date() })),
  );
  // Connections are opened once, not by those who wait.
  await Promise.all(Array.from({ length: connections }, () => members.findOne({ state: 'claimed' })));
  const claims = Array.from({ length: asked }, async (_, index) => {
    const begin = performance.now();
    const change = { $set: { state: 'claimed' as const, owner: `person-${index}` } };
    const member = await members.findOneAndUpdate({ state: 'ready' }, change, { sort: { at: 1 } });
    return member ? [performance.now() - begin] : [];
  });
  const waits = (await Promise.all(claims)).flat();
  if (waits.length !== ready) throw new Error(`bare claims gave ${waits.length} of ${ready} members`);
  return waits;
}

const fresh = { state: 'ready', owner: null } as const;
