import { crashPointSweep } from '@millrace/jobs/testing/crash-points';
import { components } from '@millrace/testkit';
import { entityKinds } from '../domain/template.ts';
import { campaignId } from './seeding-scene-under-test.ts';

test('a seeding leaves one copy and one notice wherever its process dies', async () => {
  const report = await crashPointSweep({
    ...components(),
    definitions: new URL('seeding-scene-under-test.ts', import.meta.url),
    command: { name: 'campaign.seed', payload: { campaignId, requestedBy: 'ann', mode: 'batch' } },
    points: ['enqueue.key-taken', 'claim.written', 'run.returned', 'run.left', 'end.written', 'tell.announced'],
    insideMs: [5, 20, 50],
    effects: async (database) => ({
      status: (await database.collection('campaigns').findOne({ _id: campaignId as never }))?.['status'],
      rows: await Promise.all(entityKinds.map((kind) => database.collection(kind).countDocuments({ campaignId }))),
      notices: (await database.collection('announced').distinct('id')).length,
    }),
    expected: { status: 'ready', rows: [20, 4, 3, 2, 2], notices: 1 },
  });

  expect(report).toMatchObject({ missed: [], imbalance: 0 });
}, 300_000);
