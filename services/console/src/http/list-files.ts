import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { ListName } from '../domain/list-name.ts';
import { columnsOf, rowOf } from '../domain/list-table.ts';

type Items = AsyncIterable<Readonly<Record<string, unknown>>>;

/** A row for each item under a row of names. A cell that a spreadsheet would take for a formula is led by an apostrophe. */
export function csvOf(list: ListName, items: Items): Readable {
  const rows = Readable.from(items).map((item: Readonly<Record<string, unknown>>) => rowOf(list, item));
  const lines = stringify({
    header: true,
    columns: [...columnsOf(list)],
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  return pipeline(rows, lines, () => undefined);
}

/** The items as one array, a line each. */
export const jsonOf = (items: Items): Readable => Readable.from(jsonText(items), { objectMode: false });

async function* jsonText(items: Items) {
  let before = '[\n';
  for await (const item of items) {
    yield `${before}${JSON.stringify(item)}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
