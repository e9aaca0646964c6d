import { mongo } from 'mongoose';
import type { Collections } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import { newId } from '../runtime/ids.ts';
import type { SlotRow } from './gate-row.ts';

/** Before every time that anybody asks about. */
const NEVER = new Date(0);

/** A slot to be taken if it is free, or one that the job holds already under this token: it gets a new one, so that nobody gives it back for the old. */
export type SlotWish = Omit<SlotRow, '_id' | 'token'> & {
  readonly token?: string;
  /** Whether a job that does not get in has to give it back. */
  readonly isFresh: boolean;
};

/** A slot in hand; only who knows the token gives it back. */
export type TakenSlot = Pick<SlotRow, '_id' | 'gate' | 'token'>;

/** The rows of all slots: each is taken, renewed and given back by one compare-and-set of its own. */
export class Slots {
  readonly #client: mongo.MongoClient;
  readonly #slots: Collections['slots'];

  constructor(client: mongo.MongoClient, { slots }: Collections) {
    this.#client = client;
    this.#slots = slots;
  }

  /** All slots of these gates that were ever taken, free ones among them. */
  read(gates: readonly string[]): Promise<SlotRow[]> {
    return this.#slots.find({ gate: { $in: [...gates] } }).toArray();
  }

  /** A page of those that somebody holds, in the order of their ids. @param after an id, '' for the first page. */
  heldAfter(after: string, limit: number, now: Date): Promise<SlotRow[]> {
    return this.#slots
      .find({ _id: { $gt: after }, until: { $gt: now } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  ofJobs(jobIds: readonly string[]): Promise<SlotRow[]> {
    return this.#slots.find({ jobId: { $in: [...jobIds] } }).toArray();
  }

  /** @returns per wish the slot, or undefined when somebody else was faster. */
  async take(wishes: readonly SlotWish[], now: Date): Promise<(TakenSlot | undefined)[]> {
    if (wishes.length === 0) return [];
    const rows = wishes.map(({ isFresh: _, ...wish }) => ({ ...wish, _id: `${wish.gate}#${wish.i}`, token: newId() }));
    const won = await this.#write(
      rows.map(({ _id, ...fields }, index) => {
        const token = wishes[index]?.token;
        return { filter: { _id, ...(token ? { token } : { until: { $lte: now } }) }, update: { $set: fields } };
      }),
    );
    crashPoint('gate.slots-taken');
    return rows.map((row, index) => (won[index] ? row : undefined));
  }

  /** Gives back what is still in hand under its token. */
  async free(slots: readonly TakenSlot[]): Promise<void> {
    if (slots.length === 0) return;
    await this.#slots.updateMany(
      { _id: { $in: slots.map(({ _id }) => _id) }, token: { $in: slots.map(({ token }) => token) } },
      { $set: { until: NEVER, jobId: '', owner: '', token: '' } },
    );
  }

  /** Keeps the slots of these attempts. */
  async renew(jobIds: readonly string[], until: Date): Promise<void> {
    if (jobIds.length === 0) return;
    await this.#slots.updateMany({ jobId: { $in: [...jobIds] }, hold: 'attempt' }, { $set: { until } });
  }

  /** A row that is there and not free refuses the upsert by its duplicate key. */
  async #write(items: readonly { filter: object; update: object }[]): Promise<boolean[]> {
    const models = items.map(({ filter, update }) => ({
      namespace: this.#slots.namespace,
      name: 'updateOne' as const,
      filter,
      update,
      upsert: true,
    }));
    try {
      const { updateResults } = await this.#client.bulkWrite(models, { ordered: false, verboseResults: true });
      return items.map((_, index) => isDone(updateResults?.get(index)));
    } catch (error) {
      if (!(error instanceof mongo.MongoClientBulkWriteError) || error.writeErrors.size === 0) throw error;
      const refused = [...error.writeErrors.values()].find(
        ({ code, message }) => !isDuplicateKey(Object.assign(new Error(message), { code })),
      );
      if (refused) throw error;
      const { writeErrors, partialResult } = error;
      return items.map((_, index) => !writeErrors.has(index) && isDone(partialResult?.updateResults?.get(index)));
    }
  }
}

const isDone = (result: mongo.ClientUpdateResult | undefined) =>
  (result?.matchedCount ?? 0) > 0 || result?.upsertedId !== undefined;
