import { until } from './until.ts';

test('a condition that holds later hands over its value', async () => {
  let looks = 0;

  const value = await until(() => ++looks >= 3 && `look ${looks}`);

  expect(value).toBe('look 3');
});

test('a condition that never holds fails with the message and the last answer', async () => {
  const waiting = until(() => 0, { withinMs: 40, message: 'the queue is empty' });

  await expect(waiting).rejects.toThrow('not within 40 ms: the queue is empty (last answer: 0; waited ');
});

test('a condition that throws is asked again, and its last error is the cause', async () => {
  const refusal = new Error('connection refused');

  const waiting = until(() => Promise.reject(refusal), { withinMs: 40, message: 'the server answers' });

  await expect(waiting).rejects.toMatchObject({
    message: expect.stringContaining('connection refused'),
    cause: refusal,
  });
});
