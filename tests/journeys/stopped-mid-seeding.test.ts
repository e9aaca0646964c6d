import { startService, until } from '@millrace/testkit';
import { BothServices, type Job } from '../both-services.ts';
import { expectBalanced } from './balanced.ts';

test('a replica that is told to stop in the middle of a seeding hands it to the other, and no attempt is spent', async () => {
  // Large, so that there is a middle; and no time to finish in.
  const both = await BothServices.start({ TEMPLATE_PROFILE: 'huge', DRAIN_SECONDS: '0' });
  const replicas = [both.service('campaign'), await startService('campaign', both.env)];
  const [ada, operator] = [await both.person(), await both.person('operator')];
  const rows = both.database('campaign').collection('schticks');

  const { campaign, job } = (await ada.post('/campaigns', { body: { name: 'Handed over' } })).body;
  const { worker } = await until(async () => {
    const running = (await ada.get(`/jobs/${job.id}`)).body;
    return running.state === 'executing' && (await rows.findOne({ campaignId: campaign.id })) && running;
  });
  const { pid } = (await operator.get('/workers')).body.items.find(({ id }) => id === worker) ?? {};
  const stopped = replicas.find((replica) => replica.pid === pid);
  const left = replicas.find((replica) => replica.pid !== pid);
  await stopped?.kill('SIGTERM');

  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (
      await fetch(`${left?.url}${path}`, { headers: { authorization: `Bearer ${ada.token}` } })
    ).json()) as Answer;
  const ended = await ask<Job>(`/jobs/${job.id}?wait=60`);

  expect(ended).toMatchObject({ state: 'completed', attempt: 1, crashes: 0, errors: [] });
  expect(await stopped?.logs()).toContain('service stopped');
  expect(await stopped?.logs()).not.toContain('seeding succeeded');
  expect(await left?.logs()).toContain('seeding succeeded');
  expect(await ask(`/campaigns/${campaign.id}`)).toMatchObject({ status: 'ready', counts: { schticks: 6_430 } });
  expect(await rows.countDocuments({ campaignId: campaign.id })).toBe(6_430);
  await until(async () => (await ada.notifications.get('/notifications')).body.items.length > 0);
  expect((await ada.notifications.get('/notifications')).body.items).toMatchObject([{ title: 'Handed over is ready' }]);
  await expectBalanced(both, left?.url);
}, 150_000);
