import { randomUUID } from 'node:crypto';
import type { JobView } from '@millrace/jobs';
import { mintLocalToken } from '../local-key.ts';
import { startFlour } from './flour-service.ts';

type Told = { readonly id: string; readonly job: JobView };

let { url, ask }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ url, ask } = await startFlour());
});

test('a reconnect to the stream of jobs tells what has changed meanwhile, however many jobs are newer', async () => {
  const sub = randomUUID();
  const later = { name: 'flour.grind', payload: { sacks: 1 }, runAt: new Date(Date.now() + 3_600_000) };
  const first = (await ask('POST', '/jobs', { body: later, sub })).body['job'] as JobView;
  await ask('POST', '/jobs', { body: Array.from({ length: 60 }, () => later), sub });
  const before = await told(sub, (events) => events.length === 50);

  await ask('POST', `/jobs/${first.id}/cancel`, { sub });
  const after = await told(sub, (events) => events.some(({ job }) => job.id === first.id), before.at(-1)?.id);

  expect(before.map(({ job }) => job.id)).not.toContain(first.id);
  expect(after.at(-1)?.job).toMatchObject({ id: first.id, state: 'cancelled' });
});

/** The stream as this member sees it, until it is enough. */
async function told(sub: string, isEnough: (events: readonly Told[]) => boolean, lastEventId?: string) {
  const authorization = `Bearer ${await mintLocalToken({ role: 'member', sub })}`;
  const headers = { authorization, ...(lastEventId && { 'last-event-id': lastEventId }) };
  const { body } = await fetch(`${url}/jobs/events`, { headers });
  const events: Told[] = [];
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const [, id = '', data = ''] of blocks.flatMap((block) => [
      ...block.matchAll(/^id: (.*)\nevent: job\ndata: (.*)$/gm),
    ])) {
      events.push({ id, job: JSON.parse(data) as JobView });
      if (isEnough(events)) return events;
    }
  }
  return events;
}
