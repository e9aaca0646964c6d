import { randomUUID } from 'node:crypto';
import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

type Line = { level: string; message: string; attempt: number; fields: object };

test('what a job has logged is listed in pages, narrowed by level and attempt', async () => {
  const { id } = await finished((await command({ sacks: 3 })).id);
  const pages: Line[][] = [];
  for (let path: string | undefined = `/jobs/${id}/logs?limit=2`; path; ) {
    const { body } = await ask('GET', path);
    pages.push(body['items'] as Line[]);
    path = body['nextCursor'] ? `/jobs/${id}/logs?limit=2&cursor=${body['nextCursor']}` : undefined;
  }
  const warnings = await ask('GET', `/jobs/${id}/logs?level=warn&attempt=1`);

  expect(pages.map((page) => page.map(({ level, message, fields }) => [level, message, fields]))).toEqual([
    [
      ['info', 'sack ground', { sack: 1 }],
      ['info', 'sack ground', { sack: 2 }],
    ],
    [
      ['info', 'sack ground', { sack: 3 }],
      ['warn', 'stone is warm', {}],
    ],
  ]);
  expect((warnings.body['items'] as Line[]).map(({ message }) => message)).toEqual(['stone is warm']);
});

test('who may not see the job may not see its log', async () => {
  const { id } = await finished((await command({ sacks: 1 })).id);

  const stranger = await ask('GET', `/jobs/${id}/logs`, { role: 'member', sub: randomUUID() });
  const viewer = await ask('GET', `/jobs/${id}/logs`, { role: 'viewer' });
  const missing = await ask('GET', `/jobs/${randomUUID()}/logs`);

  expect([stranger.status, viewer.status, missing.status]).toEqual([404, 200, 404]);
});

test.each(['level=loud', 'attempt=first', 'cursor=AAAA', 'limit=0'])('the query %s is refused', async (query) => {
  const { id } = await command({ sacks: 1 });

  expect((await ask('GET', `/jobs/${id}/logs?${query}`)).status).toBe(422);
});
