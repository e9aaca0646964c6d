import { mongo } from 'mongoose';
import { newId } from '../runtime/ids.ts';
import type { JobRecord } from './record.ts';

/** A write to one record. */
export type RecordUpdate = {
  readonly id: string;
  /** What the record must be. @param now by the database's clock, when the write is sent. */
  filter(now: Date): mongo.Filter<JobRecord>;
  readonly update: mongo.UpdateFilter<JobRecord>;
  /** Where the record keeps who has made this write, so that a lost answer can be read back. Without, repeating it does no harm. */
  readonly mark?: 'lease.token' | 'settledBy';
};

/** A write that has been, or may have been, sent keeps the token that it was sent with. */
export type Marked = RecordUpdate & { token?: string };

/** What the server is asked to do at once: the same update of all these records. */
export type Statement<Item extends Marked> = {
  readonly items: Item[];
  readonly filter: mongo.Filter<JobRecord>;
  readonly token: string;
};

/**
 * Writes that differ in nothing but their record share a statement: the server plans it once and looks its indexes up
 * once, which is half of what a small update costs. Writes of one record stay in their order and never share a statement.
 */
export function statementsOf<Item extends Marked>(items: readonly Item[], now: Date): Statement<Item>[] {
  const statements: Statement<Item>[] = [];
  const openOnes = new Map<string, number>();
  const latestOf = new Map<string, number>();
  for (const item of items) {
    const filter = item.filter(now);
    const words = item.mark && wordsOf(item, filter);
    const open = words === undefined ? undefined : openOnes.get(words);
    const mayShare = open !== undefined && (latestOf.get(item.id) ?? -1) < open;
    const place = mayShare ? open : statements.push({ items: [], filter, token: item.token ?? newId() }) - 1;
    if (words !== undefined) openOnes.set(words, place);
    latestOf.set(item.id, place);
    const statement = statements[place] as Statement<Item>;
    statement.items.push(item);
    item.token = statement.token;
  }
  return statements;
}

/** As the server would read it: text that looks like a date is not a date. */
function wordsOf({ update, mark, token }: Marked, filter: object): string {
  const words = mongo.BSON.serialize({ filter, update, mark, token }, { ignoreUndefined: false });
  return Buffer.from(words).toString('latin1');
}

/** What a statement asks of the server. */
export function changeOf<Item extends Marked>({ items, filter, token }: Statement<Item>) {
  const [first, ...others] = items as [Item, ...Item[]];
  const ids = others.length === 0 ? first.id : { $in: items.map(({ id }) => id) };
  return { filter: { _id: ids, ...filter } as mongo.Filter<JobRecord>, update: marked(first, token) };
}

export function modelOf<Item extends Marked>(
  statement: Statement<Item>,
  namespace: string,
): mongo.ClientBulkWriteModel<mongo.Document> {
  const { filter, update } = changeOf(statement);
  return {
    namespace,
    name: statement.items.length === 1 ? 'updateOne' : 'updateMany',
    filter: filter as mongo.Document,
    update: update as mongo.Document,
  };
}

const marked = ({ update, mark }: Marked, token: string): mongo.UpdateFilter<JobRecord> =>
  mark ? ({ ...update, $set: { ...update.$set, [mark]: token } } as mongo.UpdateFilter<JobRecord>) : update;

/** Whether the record says that this very write has been made. */
export function isMadeIn(record: JobRecord | undefined, { mark, token }: Marked): boolean {
  if (!mark || !token) return false;
  return (mark === 'settledBy' ? record?.settledBy : record?.lease?.token) === token;
}
