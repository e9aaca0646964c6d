import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, problem } from './problem.ts';
import { problemTable } from './problem-table.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/http.md'), 'utf8');

test('docs/http.md lists exactly the problems of the table, in its order', () => {
  const documented = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$/gm)].map(([, code, status, title]) => [
    code,
    Number(status),
    title,
  ]);

  expect(documented).toEqual(Object.entries(problemTable).map(([code, { status, title }]) => [code, status, title]));
});

test('the table is sorted by status, then by code', () => {
  const rows = Object.entries(problemTable).map(([code, { status }]) => `${status} ${code}`);

  expect(rows).toEqual(rows.toSorted());
});

test('a problem fills in its sentence and speaks RFC 9457', () => {
  const told = problem('job-not-found', { id: '7' }, { members: { hint: 'look elsewhere' } });

  expect(told).toBeInstanceOf(Problem);
  expect(told.toBody({ instance: '/jobs/7', traceId: 'abc' })).toEqual({
    type: 'urn:millrace:problem:job-not-found',
    title: 'Job not found',
    status: 404,
    detail: 'there is no job 7, or it is not yours',
    code: 'job-not-found',
    instance: '/jobs/7',
    traceId: 'abc',
    hint: 'look elsewhere',
  });
});
