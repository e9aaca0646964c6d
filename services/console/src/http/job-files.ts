import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { jobColumns, jobRow } from '../domain/job-table.ts';

type Jobs = AsyncIterable<Readonly<Record<string, unknown>>>;

/** A row for each job under a row of names. A cell that a spreadsheet would take for a formula is led by an apostrophe. */
export function csvOf(jobs: Jobs): Readable {
  const rows = Readable.from(jobs).map(jobRow);
  const lines = stringify({
    header: true,
    columns: [...jobColumns],
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  return pipeline(rows, lines, () => undefined);
}

/** The jobs as one array, a line each. */
export const jsonOf = (jobs: Jobs): Readable => Readable.from(jsonText(jobs), { objectMode: false });

async function* jsonText(jobs: Jobs) {
  let before = '[\n';
  for await (const job of jobs) {
    yield `${before}${JSON.stringify(job)}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
