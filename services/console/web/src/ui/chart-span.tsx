import { useUrlState } from '../api/url-state.ts';
import type { Line } from './chart-plot.ts';
import { WholeRange } from './chart-range.tsx';
import { Check, Choice } from './field.tsx';

const minuteMs = 60_000;
const weekMs = 7 * 86_400_000;

const spans = [
  ['60', 'the last hour'],
  ['360', 'the last 6 hours'],
  ['1440', 'the last day'],
  ['4320', 'the last 3 days'],
] as const;

/** The time that the charts of a page show: whole minutes until the one that runs. It stands in the address. */
export type ChartSpan = {
  readonly minutes: number;
  /** In milliseconds since 1970. */
  readonly from: number;
  /** Whether the same time a week before is drawn beside it. */
  readonly isBesideWeek: boolean;
};

/** The span that somebody has chosen. Default: the last hour, by itself. */
export function useChartSpan(): ChartSpan {
  const url = useUrlState();
  const [chosen] = spans.find(([minutes]) => minutes === url.get('minutes')) ?? spans[0];
  const minutes = Number(chosen);
  const from = (Math.floor(Date.now() / minuteMs) - minutes) * minuteMs;
  return { minutes, from, isBesideWeek: url.get('beside') === 'week' };
}

/** Chooses the span, and leads back to all of it where somebody has drawn over a part. */
export function ChartSpanChoice() {
  const url = useUrlState();
  const { minutes, isBesideWeek } = useChartSpan();
  return (
    <>
      <WholeRange />
      <Check
        label="Beside the week before"
        checked={isBesideWeek}
        onChange={(isOn) => url.set({ beside: isOn ? 'week' : null })}
      />
      <Choice
        label="Show"
        value={String(minutes)}
        onChange={(value) => url.set({ minutes: value, part: null })}
        of={spans}
      />
    </>
  );
}

/** The span as two parameters of a question: up to now, so that nothing of the present minute is missed. */
export const presentOf = ({ from }: ChartSpan) => ({ from: new Date(from).toISOString() });

/** The same a week before, as long as with the minute that runs, which is a whole one there. */
export const weekBeforeOf = ({ from, minutes }: ChartSpan) => ({
  from: new Date(from - weekMs).toISOString(),
  to: new Date(from - weekMs + (minutes + 1) * minuteMs).toISOString(),
});

/** What a line is held against. */
export const weekBefore = ({ name, tone }: Line, values: Line['values']): Line => ({
  name: `${name}, a week before`,
  tone,
  values,
  isPale: true,
});
