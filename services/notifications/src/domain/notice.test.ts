import { campaignAssigned, campaignSeeded, campaignSeedingFailed, poolLow } from '@millrace/contracts/campaign';
import { batchCompleted, jobAlerted, meshCompleted, meshFailed, usageReported } from '@millrace/contracts/mesh';
import { noticesOf } from './notice.ts';

const campaignId = '0199a0b0-0000-7000-8000-000000000001';
const counts = { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 };

const seeded = (requestedBy: string | null, id = 'event-1') => ({
  id,
  traceId: 'a'.repeat(32),
  ...campaignSeeded({
    campaignId,
    name: 'Neon Harbour',
    ownerId: requestedBy,
    requestedBy,
    templateVersion: 1,
    counts,
    durationMs: 5,
  }),
});

describe('the notices of an event', () => {
  it('tell the person who asked, in words', () => {
    expect(noticesOf(seeded('ada'))).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/),
        recipient: 'ada',
        category: 'campaign',
        title: 'Neon Harbour is ready',
        body: 'Your campaign holds 643 schticks, 86 weapons, 40 characters, 12 factions and 7 junctures.',
        link: `/campaigns/${campaignId}`,
        locale: 'en',
        actions: [],
        eventId: 'event-1',
        traceId: 'a'.repeat(32),
      },
    ]);
  });

  it('tell who got a campaign from the pool the same as who waited for theirs', () => {
    const assigned = campaignAssigned({
      campaignId,
      name: 'Neon Harbour',
      ownerId: 'ada',
      poolType: 'master',
      templateVersion: 1,
      counts,
      poolAgeMs: 5,
    });
    const [waited] = noticesOf(seeded('ada', 'event-3'));
    expect(noticesOf({ id: 'event-3', traceId: 'a'.repeat(32), ...assigned })).toEqual([waited]);
  });

  it('tell the operators how a pool fares', () => {
    const low = { id: 'event-4', ...poolLow({ type: 'master', ready: 1, target: 3, incidentId: 'i' }) };
    expect(noticesOf(low)).toEqual([]);
    expect(noticesOf(low, ['root', 'oscar']).map(({ recipient, category }) => [recipient, category])).toEqual([
      ['root', 'operations'],
      ['oscar', 'operations'],
    ]);
  });

  it.each([
    [1, 'An attempt failed with ENGINE_LOST, the last of job j-1: the engine is gone.'],
    [4, '4 attempts failed with ENGINE_LOST, the last of job j-1: the engine is gone.'],
  ])('tell the operators alone of a critical job that has failed %i times', (count, body) => {
    const error = { code: 'ENGINE_LOST', message: 'the engine is gone.' };
    const facts = { service: 'mesh-orchestrator', job: 'mesh.generate', jobId: 'j-1', fingerprint: 'f' };
    const alerted = { id: 'event-9', ...jobAlerted({ ...facts, error, count }) };

    expect(noticesOf(alerted)).toEqual([]);
    expect(noticesOf(alerted, ['root'])).toMatchObject([
      { recipient: 'root', category: 'operations', title: 'mesh.generate of mesh-orchestrator is failing', body },
    ]);
  });

  it('tell nobody when nobody asked', () => {
    expect(noticesOf(seeded(null))).toEqual([]);
  });

  it('have the same id each time, and another per event and per person', () => {
    const idOf = (requestedBy: string, eventId: string) => noticesOf(seeded(requestedBy, eventId))[0]?.id;

    expect(idOf('ada', 'event-1')).toBe(idOf('ada', 'event-1'));
    expect(new Set([idOf('ada', 'event-1'), idOf('ada', 'event-2'), idOf('bob', 'event-1')]).size).toBe(3);
  });

  it('name the error and its remedy after a failure', () => {
    const error = { code: 'verification-failed', message: '3 schticks are missing', remedy: 'seed it again' };
    const failed = { id: 'event-2', ...campaignSeedingFailed({ campaignId, requestedBy: 'ada', error }) };

    expect(noticesOf(failed)).toMatchObject([
      { title: 'A campaign could not be filled', body: '3 schticks are missing. seed it again.', traceId: null },
    ]);
  });

  it('tell of a mesh what was made, or why nothing was', () => {
    const facts = { meshId: campaignId, ownerId: 'ada', batchId: null, picture: 'duck.png' };
    const made = { mode: 'relief', vertexCount: 8, triangleCount: 12_345, achievedError: 0.0197 } as const;
    const completed = meshCompleted({ ...facts, ...made, watertight: true, durationMs: 3_210, reused: false });
    const failed = meshFailed({
      ...facts,
      error: { code: 'IMAGE_CORRUPT', message: 'it ends too early' },
      attempts: 1,
    });

    expect(noticesOf({ id: 'event-5', ...completed })).toMatchObject([
      {
        recipient: 'ada',
        category: 'mesh',
        title: 'The mesh of duck.png is ready',
        body: 'A relief of 12,345 triangles, at most 1.97 % off; it took 3.2 s.',
      },
    ]);
    expect(noticesOf({ id: 'event-6', ...failed })).toMatchObject([
      { title: 'No mesh could be made of duck.png', body: 'it ends too early.' },
    ]);
  });

  it('tell of a batch its end, and not each of its meshes', () => {
    const facts = { ownerId: 'ada', batchId: campaignId };
    const mesh = meshFailed({
      ...{ ...facts, meshId: campaignId, picture: 'duck.png', attempts: 1 },
      error: { code: 'IMAGE_CORRUPT', message: 'it ends too early' },
    });
    const batch = batchCompleted({
      ...facts,
      projectId: campaignId,
      total: 3,
      completed: 2,
      failed: 1,
      cancelled: 0,
      status: 'partial',
      durationMs: 900,
    });

    expect(noticesOf({ id: 'event-7', ...mesh })).toEqual([]);
    expect(noticesOf({ id: 'event-8', ...batch })).toMatchObject([
      {
        title: '2 of 3 meshes are ready',
        body: 'The batch took 0.9 s; 1 could not be made: look why, and retry those.',
      },
    ]);
  });

  it('tell the operators what a month has come to', () => {
    const total = { tasks: 1_200, completed: 1_100, failed: 60, cancelled: 40, seconds: 3_600.4, bytes: 52_428_800 };
    const reported = { id: 'event-9', ...usageReported({ month: '2026-11', people: 12, total }) };

    expect(noticesOf(reported, ['root'])).toMatchObject([
      {
        recipient: 'root',
        category: 'operations',
        title: '1,200 meshes were asked for in 2026-11',
        body: 'By 12 people: 1,100 were made, 60 failed; 3,600 s of work, 50 MiB of files.',
      },
    ]);
  });

  it('are refused for an event without a row', () => {
    expect(() => noticesOf({ id: 'event-3', type: 'moon.landed', data: {} })).toThrow('event moon.landed has no row');
  });
});
