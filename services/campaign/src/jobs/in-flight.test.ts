import { InFlight } from './in-flight.ts';

test('no more tasks than the limit run at once', async () => {
  let running = 0;
  let most = 0;
  const tasks = new InFlight(2);
  for (let index = 0; index < 6; index++) {
    await tasks.add(async () => {
      running++;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running--;
    });
  }
  await tasks.end();

  expect({ most, running }).toEqual({ most: 2, running: 0 });
});

test('a failure is thrown once all that ran has ended, and nothing is begun after it', async () => {
  const held = Promise.withResolvers<void>();
  const ended: string[] = [];
  const tasks = new InFlight(2);
  await tasks.add(async () => {
    await held.promise;
    ended.push('slow');
  });
  await tasks.add(() => Promise.reject(new Error('refused')));
  await new Promise(setImmediate);

  await expect(tasks.add(async () => void ended.push('late'))).rejects.toThrow('refused');
  const end = tasks.end();
  held.resolve();

  await expect(end).rejects.toThrow('refused');
  expect(ended).toEqual(['slow']);
});
