import { crashPointSweep } from '@millrace/jobs/testing/crash-points';
import { components } from '@millrace/testkit';
import { lastReport, meshId } from './ending-scene-under-test.ts';

test('a mesh ends once and is told of once wherever the process dies between callback and end', async () => {
  const report = await crashPointSweep({
    ...components(),
    definitions: new URL('ending-scene-under-test.ts', import.meta.url),
    command: { name: 'mesh.progress', payload: { meshId, run: 1, report: lastReport } },
    points: ['claim.written', 'run.returned', 'end.written', 'tell.announced'],
    insideMs: [3, 12],
    effects: async (database) => {
      const mesh = await database.collection('meshes').findOne({ _id: meshId as never });
      const told = await database.collection('announced').distinct('id', { type: 'mesh.completed' });
      return { status: mesh?.['status'], progress: mesh?.['progress'], told: told.length };
    },
    expected: { status: 'completed', progress: 100, told: 1 },
  });

  expect(report).toMatchObject({ missed: [], imbalance: 0 });
}, 300_000);
