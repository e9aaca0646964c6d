import { keepAlive } from './kept-alive.ts';

test('a unit that ends is started again, and told with the reason and the pause', async () => {
  const { unit, starts, endNow, told } = setup();
  const watch = keepAlive(unit, told.report);

  endNow('signal SIGKILL');
  await starts.next();
  await watch.stop();

  expect(told.lines).toEqual(['thing: signal SIGKILL; it starts again in 500 ms', 'thing: runs again']);
});

test('a start that fails is tried again after twice the pause', async () => {
  const { unit, starts, endNow, told } = setup({ failingStarts: 1 });
  const watch = keepAlive(unit, told.report);

  endNow('exit code 1');
  await starts.next();
  await watch.stop();

  expect(told.lines).toEqual([
    'thing: exit code 1; it starts again in 500 ms',
    'thing: Error: port in use; it starts again in 1000 ms',
    'thing: runs again',
  ]);
});

test('a unit that is stopped stays down', async () => {
  const { unit, told } = setup();
  const watch = keepAlive(unit, told.report);

  await watch.stop();

  expect(told.lines).toEqual([]);
});

function setup({ failingStarts = 0 } = {}) {
  let ending = Promise.withResolvers<string>();
  let started = Promise.withResolvers<void>();
  let failuresLeft = failingStarts;
  const lines: string[] = [];
  const unit = {
    name: 'thing',
    start: async () => {
      if (failuresLeft-- > 0) throw new Error('port in use');
      ending = Promise.withResolvers<string>();
    },
    stop: async () => ending.resolve('stopped'),
    ended: () => ending.promise,
  };
  const report = (line: string) => {
    lines.push(line);
    if (line.endsWith('runs again')) started.resolve();
  };
  const next = async () => {
    await started.promise;
    started = Promise.withResolvers<void>();
  };
  return { unit, starts: { next }, endNow: (reason: string) => ending.resolve(reason), told: { lines, report } };
}
