import type { Services } from '../clients/services.ts';
import type { HourOfQueues, Queue } from '../domain/facts.ts';

type Point = { readonly at: string; readonly value: number | null };

/** The history moves by the minute; many people may look at the overview at once. */
const freshMs = 15_000;

/** Reads the last hour of all queues, at most once in 15 s for everybody. A queue that cannot be asked counts as nothing. */
export function hourOfQueues(services: Services) {
  let kept: { until: number; hour: Promise<HourOfQueues> } | undefined;
  return (queues: readonly Queue[], authorization: string | undefined): Promise<HourOfQueues> => {
    if (kept && kept.until > Date.now()) return kept.hour;
    kept = { until: Date.now() + freshMs, hour: readHour(services, queues, authorization) };
    return kept.hour;
  };
}

async function readHour(
  services: Services,
  queues: readonly Queue[],
  authorization: string | undefined,
): Promise<HourOfQueues> {
  const read = async (metric: keyof HourOfQueues) => {
    const histories = await Promise.all(
      queues.map(({ service, name }) =>
        services
          .get<{ points: Point[] }>(
            service,
            `/queues/${encodeURIComponent(name)}/history?metric=${metric}`,
            authorization,
          )
          .then(({ points }) => points)
          .catch(() => []),
      ),
    );
    return summed(histories);
  };
  const [ended, failed, backlog] = await Promise.all([read('ended'), read('failed'), read('backlog')]);
  return { ended, failed, backlog };
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
