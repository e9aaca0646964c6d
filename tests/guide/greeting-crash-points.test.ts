import { crashPointSweep } from '@millrace/jobs/testing/crash-points';
import { components } from '@millrace/testkit';

test('a greeting is sent and told once wherever its process dies', async () => {
  const report = await crashPointSweep({
    ...components(),
    definitions: new URL('greeting-scene-under-test.ts', import.meta.url),
    command: { name: 'person.greet', payload: { personId: '01990000-0000-7000-8000-000000000001' } },
    effects: async (database) => database.collection('mails').countDocuments(),
    expected: 1,
  });

  expect(report).toMatchObject({ imbalance: 0 });
}, 300_000);
