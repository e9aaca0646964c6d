import { deedOf, kept } from './audit-entry.ts';

test.each([
  ['POST', '/queues/campaign.seeding/pause', { verb: 'pause', kind: 'queues', target: 'campaign.seeding' }],
  ['PUT', '/queues/campaign.seeding', { verb: 'set', kind: 'queues', target: 'campaign.seeding' }],
  ['PATCH', '/jobs/17', { verb: 'change', kind: 'jobs', target: '17' }],
  ['DELETE', '/jobs/17', { verb: 'delete', kind: 'jobs', target: '17' }],
  ['POST', '/jobs/bulk/cancel', { verb: 'bulk cancel', kind: 'jobs', target: null }],
  ['POST', '/dead-letters/replay', { verb: 'replay', kind: 'dead-letters', target: null }],
  ['POST', '/campaigns', { verb: 'create', kind: 'campaigns', target: null }],
  ['PUT', '/campaigns/1/factions/2/image', { verb: 'set', kind: 'campaigns', target: '1/factions/2/image' }],
  ['POST', '/queues/a%2Fb/pause', { verb: 'pause', kind: 'queues', target: 'a/b' }],
  ['POST', '/queues/%zz/pause', { verb: 'pause', kind: 'queues', target: '%zz' }],
])('%s %s is read as a deed', (method, path, deed) => {
  expect(deedOf(method, path)).toEqual(deed);
});

test('secrets are struck out however deep they lie, and whatever they are', () => {
  const sent = { name: 'a', apiToken: 'x', list: [{ Password: 1, kept: true }], headers: { Cookie: { a: 'b' } } };

  expect(kept(sent)).toEqual({
    name: 'a',
    apiToken: '(struck out)',
    list: [{ Password: '(struck out)', kept: true }],
    headers: { Cookie: '(struck out)' },
  });
});

test('what is larger than 16 KiB is told by its size, and nothing is kept as null', () => {
  const quotes = 2;

  expect(kept('a'.repeat(16_384 - quotes))).toHaveLength(16_384 - quotes);
  expect(kept('a'.repeat(16_385 - quotes))).toEqual({ omitted: '16385 characters' });
  expect(kept(undefined)).toBeNull();
});
