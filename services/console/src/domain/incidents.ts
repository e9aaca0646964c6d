import type { Facts } from './facts.ts';

/** Something that a person should look at, with its cause and where to go. */
export type Incident = {
  /** The same for the same trouble, as long as it lasts. */
  readonly id: string;
  readonly severity: 'alarm' | 'warning';
  readonly title: string;
  readonly cause: string;
  readonly href: string;
  /** What usually helps, for those who may do it: a POST to the console's own address. */
  readonly remedy: { readonly label: string; readonly path: string } | null;
};

/** A due job that waits longer than this is told of. */
const longWaitMs = 60_000;
/** A death is news for so long. */
const freshDeathMs = 10 * 60_000;

/** What is wrong now, alarms first. */
export const incidentsOf = (facts: Facts): readonly Incident[] =>
  [
    ...notReady(facts),
    ...imbalances(facts),
    ...unworked(facts),
    ...breakersOpen(facts),
    ...poolsLow(facts),
    ...pausedWithWork(facts),
    ...slow(facts),
    ...freshDeaths(facts),
  ].toSorted((a, b) => a.severity.localeCompare(b.severity));

const notReady = ({ services }: Facts): Incident[] =>
  services
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ service, reasons }) => ({
      id: `not-ready:${service}`,
      severity: 'alarm',
      title: `${service} is not ready`,
      cause: reasons.join('; '),
      href: `/workers?service=${service}`,
      remedy: null,
    }));

const imbalances = ({ ledger }: Facts): Incident[] =>
  ledger
    .filter(({ imbalance }) => imbalance !== 0)
    .map(({ service, name, imbalance }) => ({
      id: `imbalance:${service}:${name}`,
      severity: 'alarm',
      title: `The ledger of ${name} does not balance`,
      cause: `Accepted commands and their ends differ by ${imbalance}.`,
      href: '/ledger',
      remedy: null,
    }));

const unworked = ({ queues, workers }: Facts): Incident[] =>
  queues
    .filter(({ ready, paused }) => ready > 0 && !paused)
    .filter(({ service, name }) => !workers.some((worker) => worker.service === service && works(worker, name)))
    .map(({ service, name, ready }) => ({
      id: `unworked:${service}:${name}`,
      severity: 'alarm',
      title: `Nobody works on ${name}`,
      cause: `${ready} jobs are due and no worker of ${service} takes this queue.`,
      href: `/queues/${service}/${name}`,
      remedy: null,
    }));

const works = ({ queues, state }: Facts['workers'][number], queue: string): boolean =>
  state === 'running' && queues.includes(queue);

const breakersOpen = ({ breakers }: Facts): Incident[] =>
  breakers
    .filter(({ state }) => state === 'open')
    .map(({ service, name }) => ({
      id: `breaker:${service}:${name}`,
      severity: 'warning',
      title: `${name} is kept from calls`,
      cause: `Its breaker in ${service} is open; jobs that need it wait.`,
      href: `/queues`,
      remedy: { label: 'Close the breaker', path: `/api/${service}/breakers/${encodeURIComponent(name)}/close` },
    }));

const poolsLow = ({ pools }: Facts): Incident[] =>
  pools
    .filter(({ status }) => status === 'critical')
    .map(({ type, counts }) => ({
      id: `pool:${type}`,
      severity: 'warning',
      title: `The ${type} pool is nearly empty`,
      cause: `${counts.ready} campaigns are ready; whoever comes next may have to wait for a seeding.`,
      href: `/pools/${encodeURIComponent(type)}`,
      remedy: { label: 'Refill it', path: `/api/campaign/pools/${encodeURIComponent(type)}/refill` },
    }));

const pausedWithWork = ({ queues }: Facts): Incident[] =>
  queues
    .filter(({ paused, ready }) => paused && ready > 0)
    .map(({ service, name, ready }) => ({
      id: `paused:${service}:${name}`,
      severity: 'warning',
      title: `${name} is paused`,
      cause: `${ready} jobs are due and wait for it.`,
      href: `/queues/${service}/${name}`,
      remedy: { label: 'Resume it', path: `/api/${service}/queues/${encodeURIComponent(name)}/resume` },
    }));

const slow = ({ queues }: Facts): Incident[] =>
  queues
    .filter(({ oldestWaitMs, paused }) => !paused && (oldestWaitMs ?? 0) > longWaitMs)
    .map(({ service, name, oldestWaitMs, ready }) => ({
      id: `slow:${service}:${name}`,
      severity: 'warning',
      title: `${name} is behind`,
      cause: `${ready} jobs are due, the oldest since ${Math.round((oldestWaitMs ?? 0) / 1_000)} s.`,
      href: `/queues/${service}/${name}`,
      remedy: null,
    }));

const freshDeaths = ({ deadLetters, at }: Facts): Incident[] =>
  deadLetters
    .filter(({ lastAt }) => at.getTime() - Date.parse(lastAt) < freshDeathMs)
    .map(({ service, fingerprint, name, message, count }) => ({
      id: `dead:${service}:${fingerprint}`,
      severity: 'warning',
      title: `${name} has failed for good`,
      cause: count === 1 ? message : `${count} times: ${message}`,
      href: `/dead-letters/${service}/${fingerprint}`,
      remedy: null,
    }));
