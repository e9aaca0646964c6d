import { labelOfArgument, labelsOf } from './labels.ts';

const bare = { id: 'j1', name: 'cake.bake', rootId: 'j1', tags: [], payload: {} };

test('a record is labelled by name, trace, tags and, when it is not its own, its root', () => {
  expect(labelsOf(bare)).toEqual(['job', 'name:cake.bake']);
  expect(labelsOf({ ...bare, rootId: 'j0', traceId: 't', tags: ['rush'] })).toEqual([
    'job',
    'name:cake.bake',
    'root:j0',
    'trace:t',
    'tag:rush',
  ]);
});

test('every scalar of the payload down to depth 3 is labelled, arrays of scalars item by item', () => {
  const payload = { b: 2, a: 'x', c: { d: { e: true, f: { g: 1 } } }, list: ['p', 7], rows: [{ h: 1 }], none: null };
  expect(labelsOf({ ...bare, payload }).slice(2)).toEqual([
    'arg:a=x',
    'arg:b=2',
    'arg:c.d.e=true',
    'arg:list=p',
    'arg:list=7',
  ]);
});

test('a long value is found by its digest', () => {
  const text = 'x'.repeat(65);
  const [label] = labelsOf({ ...bare, payload: { text } }).slice(2);
  expect(label).toBe(labelOfArgument('text', text));
  expect(label?.length).toBeLessThan(60);
});

test.each([
  ['a.b.c.d', 'x'],
  ['rows.0', 'x'],
  ['n', '1.0'],
  ['n', 'null'],
])('labels cannot tell %s = %s', (path, text) => {
  expect(labelOfArgument(path, text)).toBeUndefined();
});
