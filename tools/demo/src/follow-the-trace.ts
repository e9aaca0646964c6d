import { type ClusterUrls, readTrace, type TraceSpan } from '@millrace/stack';
import type { Job, Notification } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { urlOf } from './people.ts';
import { chapter, milliseconds, say, sayWords, table } from './print.ts';
import { commandsInRun, spansByService, stationsOf } from './stations.ts';

/** Shows the way from the request to the notification as Jaeger has it: one trace, through every service. */
export async function followTheTrace(urls: ClusterUrls, { traceId }: Job, told: Notification): Promise<void> {
  chapter('7. The whole way, as one trace');
  claim(traceId, 'the job knows its trace');
  claimEqual('the trace in the notification', told.traceId, traceId);
  const jaegerUrl = urlOf(urls, 'JAEGER_QUERY_URL');
  const spans = await wholeTrace(jaegerUrl, traceId);
  table([
    ['station', 'service', 'begins', 'takes'],
    ...stationsOf(spans).map(({ what, service, atMs, tookMs }) => [
      what,
      service,
      `+${milliseconds(atMs)}`,
      milliseconds(tookMs),
    ]),
  ]);
  sayWords(['In the run, the rows of a kind together:', ...commandsInRun(spans).join(', ').split(' ')]);
  const shares = spansByService(spans).map(([service, count]) => `${count} of ${service}`);
  say(`  Trace ${traceId}: ${spans.length} spans, ${shares.join(', ')}.`);
  say(`  ${jaegerUrl}/api/traces/${traceId}`);
  say(`  ${jaegerUrl}/trace/${traceId}  (where Jaeger has its web pages)`);
}

/** Services send their spans half a second after they ended, each for itself: complete is what no longer grows. */
async function wholeTrace(jaegerUrl: string, traceId: string): Promise<TraceSpan[]> {
  let last: readonly TraceSpan[] = [];
  let sameSinceMs = performance.now();
  return eventually('the whole trace in Jaeger', async () => {
    const spans = await readTrace(jaegerUrl, traceId);
    if (spans.length !== last.length) sameSinceMs = performance.now();
    last = spans;
    const isTold = spans.some(({ name }) => name === 'process campaign.seeded');
    return isTold && performance.now() - sameSinceMs > 1_000 ? spans : undefined;
  });
}
