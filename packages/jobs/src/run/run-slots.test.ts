import { RunSlots } from './run-slots.ts';

const { signal } = new AbortController();

test('slots are given in the order in which they are asked for, each as one is left', async () => {
  const slots = new RunSlots(2);
  const [first, second, third, fourth] = [slots.hold(), slots.hold(), slots.hold(), slots.hold()];
  const given: string[] = [];
  const take = (hold: typeof first, name: string) =>
    hold.take(signal).then((isHeld) => given.push(`${name} ${isHeld}`));
  const taking = [take(first, 'first'), take(second, 'second'), take(third, 'third'), take(fourth, 'fourth')];
  await Promise.all(taking.slice(0, 2));
  expect(given).toEqual(['first true', 'second true']);

  second.leave();
  await taking[2];
  expect(given).toEqual(['first true', 'second true', 'third true']);

  first.leave();
  first.leave();
  await taking[3];
  third.leave();
  const [fifth, sixth] = [slots.hold(), slots.hold()];
  expect(await fifth.take(signal)).toBe(true);
  fourth.leave();
  expect(await sixth.take(signal)).toBe(true);
});

test('who waits too long, or is aborted, holds no slot and keeps none from the next', async () => {
  const slots = new RunSlots(1, 20);
  const [first, impatient, aborted, next] = [slots.hold(), slots.hold(), slots.hold(), slots.hold()];
  await first.take(signal);
  const abort = new AbortController();
  const answers = [impatient.take(signal), aborted.take(abort.signal)];
  abort.abort('cancelled');
  expect(await Promise.all(answers)).toEqual([false, false]);
  expect(await aborted.take(abort.signal)).toBe(false);
  impatient.leave();

  const nexts = next.take();
  first.leave();
  expect(await nexts).toBe(true);
});

test('closed slots are given to nobody, those who wait included, and what is held is left as ever', async () => {
  const slots = new RunSlots(1);
  const [held, waiting] = [slots.hold(), slots.hold()];
  await held.take(signal);
  const answer = waiting.take(signal);
  slots.close();

  expect(await answer).toBe(false);
  expect(await held.take(signal)).toBe(true);
  held.leave();
  expect(await waiting.take()).toBe(false);
});

test('more slots let the next ones in at once, fewer let nobody in before runs above them have ended', async () => {
  const slots = new RunSlots(1, 20);
  const held = [slots.hold(), slots.hold(), slots.hold()];
  const taking = held.map((hold) => hold.take());
  slots.resize(3);
  expect(await Promise.all(taking)).toEqual([true, true, true]);

  slots.resize(1);
  held[0]?.leave();
  held[1]?.leave();
  expect(await slots.hold().take(signal)).toBe(false);
  held[2]?.leave();
  expect(await slots.hold().take(signal)).toBe(true);
});

test('a hold tells for how long it was held, and one that had no slot tells nothing', async () => {
  const slots = new RunSlots(1, 1);
  const told: number[] = [];
  const [first, second] = [slots.hold((ms) => told.push(ms)), slots.hold((ms) => told.push(ms))];
  await first.take(signal);
  await second.take(signal);
  second.leave();
  expect(told).toEqual([]);
  first.leave();
  expect(told).toEqual([expect.any(Number)]);
});
