import { type Span, waterfall } from './waterfall.ts';

const beginMs = Date.parse('2026-01-01T00:00:00.000Z');

const span = (id: string, parentId: string | null, at: number, durationMs: number, service = 'campaign'): Span => ({
  id,
  parentId,
  service,
  name: `span ${id}`,
  startedAtMs: beginMs + at,
  durationMs,
  attributes: {},
  hasFailed: false,
});

const lines = (spans: readonly Span[]) =>
  waterfall(spans).bars.map(({ id, depth, offsetMs }) => `${'>'.repeat(depth)}${id}+${offsetMs}`);

test('parents stand before their children, and children by their beginning, in whatever order the spans came', () => {
  const spans = [span('c', 'a', 30, 5), span('d', 'b', 20, 5), span('b', 'a', 10, 15), span('a', null, 0, 40)];

  expect(lines(spans)).toEqual(['a+0', '>b+10', '>>d+20', '>c+30']);
  expect(lines(spans.toReversed())).toEqual(lines(spans));
});

test('a trace begins with its first span and ends with the one that ends last, which need not be the first', () => {
  const { startedAt, durationMs, services } = waterfall([
    span('a', null, 0, 10, 'campaign'),
    span('b', 'a', 5, 100, 'notifications'),
    span('c', 'a', 6, 1, 'campaign'),
  ]);

  expect(startedAt).toBe('2026-01-01T00:00:00.000Z');
  expect(durationMs).toBe(105);
  expect(services).toEqual(['campaign', 'notifications']);
});

test('a span whose parent is missing stands at the top with what is below it', () => {
  expect(lines([span('a', null, 0, 10), span('x', 'lost', 5, 10), span('y', 'x', 6, 2)])).toEqual([
    'a+0',
    'x+5',
    '>y+6',
  ]);
});

test('spans that claim to be above each other are left out, and the rest is drawn', () => {
  expect(lines([span('a', null, 0, 10), span('p', 'q', 1, 1), span('q', 'p', 2, 1)])).toEqual(['a+0']);
});
