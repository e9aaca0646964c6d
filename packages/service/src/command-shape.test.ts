import { commandShape } from './command-shape.ts';

test('a command is told by its shape: no value of it, and of a list the first item only', () => {
  const documents = Array.from({ length: 1_000 }, (_, index) => ({ _id: `secret ${index}`, at: new Date(), tags: [] }));

  const shape = commandShape({ insert: 'notes', documents, ordered: false, lsid: { id: Buffer.from('secret') } });

  expect(JSON.parse(shape)).toEqual({
    insert: '?',
    documents: [{ _id: '?', at: '?', tags: [] }, '999 more'],
    ordered: '?',
    lsid: { id: '?' },
  });
});

test('what refers to itself has an end', () => {
  const knot: Record<string, unknown> = { name: 'secret' };
  knot['self'] = knot;

  expect(commandShape(knot)).not.toContain('secret');
  expect(commandShape(knot).length).toBeLessThan(200);
});
