import { pageWith } from './page.ts';

const names = ['pool', 'peers', 'search'];
const pageOf = (sections: Readonly<Record<string, string>>, known = '') =>
  pageWith(names, new Map(Object.entries(sections)), known);

test('parts stand in their order, whichever was measured first', () => {
  const page = pageOf({ pool: '## Pool\n\nnew' }, pageOf({ search: '## Search\n\nold' }));

  expect(page.match(/^## .+$/gm)).toEqual(['## Pool', '## Search']);
});

test('a part that is measured anew takes the place of its section, and the others stay as they are', () => {
  const before = pageOf({
    pool: '## Pool\n\nold',
    peers: '## Jobs\n\n### Durability\n\nkept',
    search: '## Search\n\nkept too',
  });
  const after = pageOf({ pool: '## Pool\n\nnew' }, before);

  expect(after).toBe(before.replace('old', 'new'));
});

test('each section says when and where it was measured', () => {
  expect(pageOf({ pool: '## Pool' })).toMatch(/## Pool\n\n_Measured on \d{4}-\d\d-\d\d: \d+ cores, \d+ GiB, Node v\d+/);
});
