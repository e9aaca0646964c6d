import type { Services } from '../clients/services.ts';
import type { LastHour, Pool, Queue } from '../domain/facts.ts';
import { keptAnswers } from './kept-answers.ts';

type Point = { readonly at: string; readonly value: number | null };
type Asked = { readonly queues: readonly Queue[]; readonly pools: readonly Pool[] };

const minuteMs = 60_000;
/** The history moves by the minute; many people may look at the overview at once. */
const freshMs = 15_000;

/** Reads the last hour of all queues and pools, at most once in 15 s for everybody. What cannot be asked counts as nothing. */
export function lastHour(services: Services) {
  const kept = keptAnswers<LastHour>(() => freshMs);
  return (asked: Asked, authorization: string | undefined): Promise<LastHour> =>
    kept('', () => readHour(services, asked, authorization));
}

async function readHour(services: Services, { queues, pools }: Asked, authorization: string | undefined) {
  const pointsOf = (metric: string, { service, name }: Queue): Promise<readonly Point[]> =>
    services
      .get<{ points: Point[] }>(service, `/queues/${encodeURIComponent(name)}/history?metric=${metric}`, authorization)
      .then(({ points }) => points)
      .catch(() => []);
  const read = (metric: string) => Promise.all(queues.map((queue) => pointsOf(metric, queue)));
  const [ended, failed, backlogs, claims] = await Promise.all([
    read('ended'),
    read('failed'),
    read('backlog'),
    Promise.all(pools.map(({ type }) => claimsOf(services, type, authorization))),
  ]);
  const isNotice = (_: unknown, index: number) => queues[index]?.service === 'notifications';
  return {
    ended: summed(ended),
    failed: summed(failed),
    backlog: summed(backlogs),
    unsent: summed(backlogs.filter(isNotice)),
    claims: summed(claims),
  };
}

/** Minutes without a claim are not told by the service, and are none here. */
async function claimsOf(services: Services, type: string, authorization: string | undefined): Promise<Point[]> {
  const now = Math.floor(Date.now() / minuteMs);
  const minutes = Array.from({ length: 60 }, (_, index) => new Date((now - 59 + index) * minuteMs).toISOString());
  const told = await services
    .get<{ points: { at: string; hits: number; misses: number }[] }>(
      'campaign',
      `/pools/${encodeURIComponent(type)}/metrics?from=${minutes[0]}`,
      authorization,
    )
    .catch(() => ({ points: [] }));
  const byMinute = new Map(told.points.map(({ at, hits, misses }) => [at, hits + misses]));
  return minutes.map((at) => ({ at, value: byMinute.get(at) ?? 0 }));
}

/** By their times: two services need not have begun in the same minute. A minute that nobody knows of stays null. */
function summed(histories: readonly (readonly Point[])[]): readonly (number | null)[] {
  const sums = new Map<string, number | null>();
  for (const { at, value } of histories.flat()) {
    const known = sums.get(at) ?? null;
    sums.set(at, value === null ? known : (known ?? 0) + value);
  }
  return [...sums].toSorted(([a], [b]) => a.localeCompare(b)).map(([, value]) => value);
}
