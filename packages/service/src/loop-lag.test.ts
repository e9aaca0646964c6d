import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BLOCK_MS = 1_000;

const program = `
  // waits: the histogram of the loop's delay fills by the clock
  import { setTimeout as delay } from 'node:timers/promises';
  import { renderMetrics } from './telemetry.ts';
  const longestSeconds = async () =>
    Number(/^nodejs_eventloop_delay_max\\w*(?:{[^}]*})? (\\S+)$/m.exec(await renderMetrics())?.[1]);
  await delay(200);
  await longestSeconds(); // what was measured during the start
  await delay(200);
  const before = await longestSeconds();
  await delay(200); // reading starts the measuring anew, with the second tick from then on
  // waits: that is the blocked loop
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${BLOCK_MS});
  await delay(200);
  process.stdout.write(JSON.stringify({ before, after: await longestSeconds() }));
`;

test('the event-loop delay of a process that was blocked for a second rises to a second', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--import', '@millrace/service/register', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname, env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  );
  const { before, after } = JSON.parse(stdout) as { before: number; after: number };

  process.stdout.write(
    `T7 event-loop delay: longest ${Math.round(before * 1_000)} ms before, ${Math.round(after * 1_000)} ms [${BLOCK_MS}] after blocking for ${BLOCK_MS} ms\n`,
  );
  expect(after).toBeGreaterThan((BLOCK_MS / 1_000) * 0.9);
  expect(after).toBeGreaterThan(before);
});
