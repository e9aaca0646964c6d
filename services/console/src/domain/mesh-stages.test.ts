import { meshStages } from './mesh-stages.ts';
import type { Span } from './waterfall.ts';

const span = (
  id: string,
  parentId: string | null,
  name: string,
  at: number,
  durationMs: number,
  job?: string,
): Span => ({
  id,
  parentId,
  service: 'mesh-engine',
  name,
  startedAtMs: 1_000 + at,
  durationMs,
  attributes: job === undefined ? {} : { 'mesh.job_id': job },
  hasFailed: false,
});

test('a mesh’s stages are told run by run in the order of time, with their share of the run', () => {
  const trace = [
    span('job2', 'rpc', 'mesh job', 500, 40, 'm1.2'),
    span('c', 'job2', 'mesh decode', 510, 20),
    span('job1', 'rpc', 'mesh job', 0, 100, 'm1.1'),
    span('b', 'job1', 'mesh triangulate', 40, 30),
    span('a', 'job1', 'mesh fetch', 5, 10),
  ];

  expect(meshStages(trace, 'm1').map(({ id: _id, hasFailed: _failed, ...stage }) => stage)).toEqual([
    { name: 'fetch', run: 1, offsetMs: 5, durationMs: 10, share: 0.25 },
    { name: 'triangulate', run: 1, offsetMs: 40, durationMs: 30, share: 0.75 },
    { name: 'decode', run: 2, offsetMs: 10, durationMs: 20, share: 1 },
  ]);
});

test('stages of other meshes of the same batch, calls of other services and what lies deeper are none of its stages', () => {
  const trace = [
    span('job', null, 'mesh job', 0, 100, 'm1.1'),
    span('other', null, 'mesh job', 0, 100, 'm10.1'),
    span('x', 'other', 'mesh decode', 1, 10),
    span('put', 'job', 'PUT', 1, 10),
    span('deep', 'put', 'mesh decode', 1, 10),
    { ...span('faked', null, 'mesh job', 0, 100, 'm1.2'), service: 'campaign' },
    span('y', 'faked', 'mesh decode', 1, 10),
  ];

  expect(meshStages(trace, 'm1')).toEqual([]);
  expect(meshStages(trace, 'm10').map(({ id }) => id)).toEqual(['x']);
});

test('stages that took no time share nothing', () => {
  const trace = [span('job', null, 'mesh job', 0, 0, 'm1.1'), span('a', 'job', 'mesh fetch', 0, 0)];

  expect(meshStages(trace, 'm1')).toMatchObject([{ name: 'fetch', share: 0 }]);
});
