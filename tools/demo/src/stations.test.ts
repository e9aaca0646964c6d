import type { TraceSpan } from '@millrace/stack';
import { commandsInRun, spansByService, stationsOf } from './stations.ts';

const span = (
  id: string,
  parentId: string | undefined,
  [service, name]: [string, string],
  times: [number, number],
) => ({
  ...{ id, parentId, service, name, startedAtMs: 1_000 + times[0], durationMs: times[1] },
  attributes: name.startsWith('insert') ? { 'db.system': 'mongodb' } : {},
});

const trace = (): TraceSpan[] => [
  span('a', undefined, ['campaign', 'POST /campaigns'], [0, 20]),
  span('b', 'a', ['campaign', 'publish campaign.seed'], [5, 4]),
  span('c', 'b', ['campaign', 'queue campaign.seed'], [3, 9]),
  span('d', 'b', ['campaign', 'process campaign.seed'], [12, 300]),
  span('e', 'd', ['campaign', 'insert schticks'], [20, 60]),
  span('f', 'd', ['campaign', 'insert weapons'], [90, 15]),
  span('g', 'b', ['campaign', 'publish campaign.seeded'], [315, 2]),
  span('h', 'g', ['notifications', 'process campaign.seeded'], [318, 6]),
  span('i', 'h', ['notifications', 'insert notifications'], [319, 3]),
];

test('the stations stand in the order of the walk, with times since the request', () => {
  const stations = stationsOf(trace());

  expect(stations.map(({ what, atMs, tookMs }) => [what.split(':')[0], atMs, tookMs])).toEqual([
    ['HTTP', 0, 20],
    ['record', 5, 4],
    ['RabbitMQ', 5, 7],
    ['run', 12, 300],
    ['MongoDB', 20, 75],
    ['NATS', 315, 2],
    ['inbox', 318, 6],
  ]);
});

test('what the run asked of the database is told in order', () => {
  expect(commandsInRun(trace())).toEqual(['insert schticks', 'insert weapons']);
});

test('a trace without its notification is refused by the name of what is missing', () => {
  const cut = trace().filter(({ service }) => service === 'campaign');

  expect(() => stationsOf(cut)).toThrow('as span "process campaign.seeded" of notifications');
});

test('a trace in two pieces is refused with both beginnings', () => {
  const torn = trace().filter(({ id }) => id !== 'g');

  expect(() => stationsOf(torn)).toThrow('found ["POST /campaigns","process campaign.seeded"]');
});

test('spans are counted by service, most first', () => {
  expect(spansByService(trace())).toEqual([
    ['campaign', 7],
    ['notifications', 2],
  ]);
});
