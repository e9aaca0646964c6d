import { text } from 'node:stream/consumers';
import { csvOf, jsonOf } from './list-files.ts';

type Item = Readonly<Record<string, unknown>>;

async function* told(...items: readonly Item[]) {
  yield* items;
}

async function* brokenAfter(item: Item) {
  yield item;
  throw new Error('the service campaign cannot be reached');
}

const nasty = { id: '1', message: '=HYPERLINK("http://evil.example")', errors: [{ message: 'a, "b"\r\nc' }] };

test('a table has its head also when it is empty, quotes what needs it, and no cell that a spreadsheet would run', async () => {
  const [head, ...none] = (await text(csvOf('jobs', told()))).split('\r\n');
  const [, row] = (await text(csvOf('jobs', told(nasty, { id: '2' })))).split(/\r\n(?=,[12],|$)/);

  expect(head).toMatch(/^service,id,name,queue,.*,replayedFrom$/);
  expect(none).toEqual(['']);
  expect(row).toContain(`,"'=HYPERLINK(""http://evil.example"")",`);
  expect(row).toContain(',"a, ""b""\r\nc",');
});

test('an array holds the items whole, also when it is empty', async () => {
  expect(JSON.parse(await text(jsonOf(told(nasty, { id: '2' }))))).toEqual([nasty, { id: '2' }]);
  expect(JSON.parse(await text(jsonOf(told())))).toEqual([]);
});

test('a file whose items break off ends with their error, and not as if it were whole', async () => {
  await expect(text(csvOf('jobs', brokenAfter({ id: '1' })))).rejects.toThrow('campaign cannot be reached');
  await expect(text(jsonOf(brokenAfter({ id: '1' })))).rejects.toThrow('campaign cannot be reached');
});
