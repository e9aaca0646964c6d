import { type Facts, sumOf } from './facts.ts';

/** One of the six numbers of the overview. */
export type Figure = {
  readonly key: 'ended' | 'failing' | 'waiting' | 'dead' | 'claims' | 'unsent';
  /** Null while whoever knows it is away, or for a share of nothing. */
  readonly value: number | null;
  readonly unit: 'per-minute' | 'share' | 'count' | 'per-hour';
  /** Says what else belongs to it; empty when there is nothing to say. */
  readonly detail: string;
  /** Where in the console one sees more. */
  readonly href: string;
  /** Its last hour by the minute, of dead letters what was added; empty where there is no history. */
  readonly points: readonly (number | null)[];
};

/** The six numbers that tell how the cluster fares. */
export const figuresOf = (facts: Facts): readonly Figure[] => [
  ended(facts),
  failing(facts),
  waiting(facts),
  dead(facts),
  claims(facts),
  unsent(facts),
];

const ended = ({ queues, history }: Facts): Figure => ({
  key: 'ended',
  value: sumOf(queues, ({ rates }) => rates.ended),
  unit: 'per-minute',
  detail: `${sumOf(queues, ({ running }) => running)} running`,
  href: '/jobs?state=executing',
  points: history.ended,
});

const failing = ({ history }: Facts): Figure => {
  const failed = total(history.failed);
  const all = total(history.ended);
  return {
    key: 'failing',
    value: all === 0 ? null : failed / all,
    unit: 'share',
    detail: `${failed} of ${all} in the last hour`,
    href: '/jobs?state=failed',
    points: history.failed,
  };
};

const waiting = ({ queues, history }: Facts): Figure => ({
  key: 'waiting',
  value: sumOf(queues, ({ ready }) => ready),
  unit: 'count',
  detail: `${sumOf(queues, ({ later }) => later)} for a later time`,
  href: '/queues',
  points: history.backlog,
});

const dead = ({ deadLetters, history }: Facts): Figure => ({
  key: 'dead',
  value: sumOf(deadLetters, ({ count }) => count),
  unit: 'count',
  detail: deadLetters.length === 0 ? '' : `of ${deadLetters.length} ${deadLetters.length === 1 ? 'kind' : 'kinds'}`,
  href: '/dead-letters',
  points: history.failed,
});

/** Of the pools: how many campaigns were given away, and how often one was ready. */
function claims({ pools, history }: Facts): Figure {
  const hits = sumOf(pools, ({ metrics }) => metrics.hits);
  const asked = hits + sumOf(pools, ({ metrics }) => metrics.misses);
  return {
    key: 'claims',
    value: pools.length === 0 ? null : asked,
    unit: 'per-hour',
    detail: asked === 0 ? '' : `${Math.round((hits / asked) * 100)} % at once`,
    href: '/pools',
    points: history.claims,
  };
}

function unsent({ queues, away, history }: Facts): Figure {
  const own = queues.filter(({ service }) => service === 'notifications');
  return {
    key: 'unsent',
    value: away.includes('notifications') ? null : sumOf(own, ({ ready, running, later }) => ready + running + later),
    unit: 'count',
    detail: '',
    href: '/jobs?queue=notifications.deliver&state=scheduled,available,executing,retryable,snoozed',
    points: history.unsent,
  };
}

const total = (points: readonly (number | null)[]): number =>
  points.reduce<number>((sum, point) => sum + (point ?? 0), 0);
