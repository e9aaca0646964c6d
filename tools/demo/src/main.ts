/** `make demo`: shows the whole way of a job on real input. Ends with 0 when everything that it says was proven. */
import { withCluster } from '@millrace/stack';
import { lookForSecrets } from './look-for-secrets.ts';
import { chapter, say, seconds } from './print.ts';
import { claimGone, startedPart } from './started-parts.ts';
import { tour } from './tour.ts';

try {
  await demo();
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  const startedAt = performance.now();
  say('Millrace: a campaign is seeded and pictures become meshes, from the click to the notification');
  chapter('0. The cluster');
  const started: NonNullable<ReturnType<typeof startedPart>>[] = [];
  const report = (line: string) => {
    say(`  ${line}`);
    const part = startedPart(line);
    if (part) started.push(part);
  };
  let isUpAt = 0;
  let isShownAt = 0;
  await withCluster(async (urls, parts) => {
    isUpAt = performance.now();
    await tour(urls);
    await lookForSecrets(urls, parts);
    isShownAt = performance.now();
  }, report);

  chapter('14. The end');
  await claimGone(started);
  const endedAt = performance.now();
  if (started.length === 0) say('  The cluster was up before and stays up; nothing was started, nothing stopped.');
  else say(`  Started and stopped again: ${started.map(({ title }) => title).join(', ')}.`);
  const parts = [
    `start ${seconds(isUpAt - startedAt)}`,
    `tour ${seconds(isShownAt - isUpAt)}`,
    `stop ${seconds(endedAt - isShownAt)}`,
  ];
  say(
    `  It took ${seconds(endedAt - startedAt)}: ${parts.join(', ')}. Everything above was checked while it was written.`,
  );
  if (started.length > 0)
    say('  make up keeps a cluster running; the demo then uses it, and the trace stays in Jaeger.');
}
