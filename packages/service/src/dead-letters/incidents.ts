import { deadLettersAppeared, deadLettersCleared } from '@millrace/contracts/every-service';
import { type OutboxFields, outboxEvent, storing } from '@millrace/events';
import { type DeadLetterGroup, isDuplicateKey } from '@millrace/jobs';
import type { Connection, mongo } from 'mongoose';

/** A cause of which dead letters lie open, or did. */
export type Incident = OutboxFields & {
  /** The fingerprint. */
  readonly _id: string;
  /** Begins with the time, so that a cause that was forgotten and comes again has other ids. */
  readonly revision: number;
  readonly incidentId: string;
  readonly name: string;
  /** Null while letters lie open. */
  readonly closedAt: Date | null;
};

export type Incidents = ReturnType<typeof createIncidents>;

export const incidentCollection = 'dead_letter_incidents';

const keptSeconds = 90 * 86_400;

type Turn = { readonly _id: string; readonly until: Date };

function ignoreDuplicate(error: unknown): null {
  if (!isDuplicateKey(error)) throw error;
  return null;
}

/** Each begins and ends once, whichever replica sees it first; the write that says so stores the event. */
export function createIncidents(database: Connection, service: string) {
  const rows = (): mongo.Collection<Incident> =>
    database.getClient().db(database.name).collection<Incident>(incidentCollection);

  const turns = (): mongo.Collection<Turn> =>
    database.getClient().db(database.name).collection<Turn>('dead_letter_turns');

  const rest = (ms: number) => ({ $set: { until: new Date(Date.now() + ms) } });

  /** @returns the row, or null when somebody else was first. */
  async function begin(group: DeadLetterGroup, known: Incident | undefined, at: Date): Promise<Incident | null> {
    const { fingerprint, source, name, code, message, count } = group;
    const revision = known ? known.revision + 1 : at.getTime();
    const incidentId = `${service}:${fingerprint}:${revision}`;
    const event = outboxEvent(
      `${service}:${fingerprint}`,
      revision,
      deadLettersAppeared({
        ...{ service, fingerprint, incidentId, source, count },
        name: name || source,
        error: { code, message: message.slice(0, 500) },
      }),
      at,
    );
    const fields = { revision, incidentId, name: name || source, closedAt: null };
    if (!known) return insert({ _id: fingerprint, ...fields, outbox: [event], outboxAt: at });
    return rows().findOneAndUpdate(
      { _id: fingerprint, revision: known.revision },
      { $set: fields, ...storing(event) } as mongo.UpdateFilter<Incident>,
      { returnDocument: 'after' },
    );
  }

  async function insert(row: Incident): Promise<Incident | null> {
    const written = await rows()
      .insertOne(row as mongo.OptionalUnlessRequiredId<Incident>)
      .catch(ignoreDuplicate);
    return written && row;
  }

  return {
    /** Whether this replica is to look now; no other is for so long. Clocks that differ cost a look, and nothing else. */
    async takeTurn(forMs: number): Promise<boolean> {
      const due = { _id: 'look', until: { $lte: new Date() } };
      const taken = await turns().updateOne(due, rest(forMs), { upsert: true }).catch(ignoreDuplicate);
      return taken !== null;
    },
    /** Nobody is to look for so long. */
    restFor: async (ms: number): Promise<void> => void (await turns().updateOne({ _id: 'look' }, rest(ms))),
    begin,
    /** @returns the row, or null when somebody else was first. */
    async end({ _id, revision, incidentId, name }: Incident, at: Date): Promise<Incident | null> {
      const cleared = deadLettersCleared({ service, fingerprint: _id, incidentId, name });
      const event = outboxEvent(`${service}:${_id}`, revision + 1, cleared, at);
      return rows().findOneAndUpdate(
        { _id, revision },
        { $set: { revision: revision + 1, closedAt: at }, ...storing(event) } as mongo.UpdateFilter<Incident>,
        { returnDocument: 'after' },
      );
    },
    /** Those that lie open, and those of these causes that did. */
    known: (fingerprints: readonly string[]): Promise<Incident[]> =>
      rows()
        .find({ $or: [{ closedAt: null }, { _id: { $in: [...fingerprints] } }] })
        .toArray(),
    async createIndexes(): Promise<void> {
      await rows().createIndex({ closedAt: 1 }, { name: 'expiry', expireAfterSeconds: keptSeconds });
    },
  };
}
