import type Plot from 'uplot';
import type { ChartRange } from './chart-range.tsx';

export type Line = {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly tone: ChartTone;
  /** Drawn lightly: what another line is held against. */
  readonly isPale?: boolean;
};

type ChartTone = 'accent' | 'good' | 'warn' | 'bad';

/** A moment that explains what comes after it. */
export type Mark = { readonly at: string; readonly text: string };

export const chartHeightPx = 180;

/** As many values as times; gaps stay gaps. */
export const dataOf = (times: readonly string[], lines: readonly Line[]): Plot.AlignedData => [
  times.map((at) => Date.parse(at) / 1_000),
  ...lines.map(({ values }) => times.map((_, index) => values[index] ?? null)),
];

type Look = {
  readonly lines: readonly Pick<Line, 'name' | 'tone' | 'isPale'>[];
  readonly unit: string;
  marks(): readonly Mark[];
  onNarrow(range: ChartRange): void;
};

export function optionsFor(element: HTMLElement, { lines, unit, marks, onNarrow }: Look): Plot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name);
  const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  const withUnit = (value: number | null) => (value === null || value === undefined ? '' : `${value}${unit}`);
  return {
    width: element.clientWidth,
    height: chartHeightPx,
    cursor: { sync: { key: 'page' }, points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
    axes: [
      { ...axis, size: 28, values: ({ scales }, ticks) => ticks.map((at) => timeText(at, daysIn(scales['x']) > 1)) },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map(withUnit) },
    ],
    series: [
      { label: '', value: (_plot, at) => (at === null ? '' : timeText(at, true)) },
      ...lines.map(({ name, tone, isPale }) => ({
        label: name,
        stroke: colour(`--${tone}`),
        width: isPale ? 1 : 1.5,
        alpha: isPale ? 0.55 : 1,
        spanGaps: false,
        value: (_plot: Plot, value: number | null) => withUnit(value),
        ...(isPale && { dash: [4, 4] }),
      })),
    ],
    hooks: {
      setSelect: [(plot) => narrowTo(plot, onNarrow)],
      draw: [(plot) => drawMarks(plot, marks(), colour('--faint'))],
    },
  };
}

const leastPx = 8;

/** A click is no selection. */
function narrowTo(plot: Plot, onNarrow: Look['onNarrow']): void {
  const { left, width } = plot.select;
  if (width < leastPx) return;
  const range = { min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') };
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onNarrow(range);
}

function drawMarks({ ctx, bbox, valToPos }: Plot, marks: readonly Mark[], colour: string): void {
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.font = `${Math.round(10 * devicePixelRatio)}px sans-serif`;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, text } of marks) {
    const x = valToPos(Date.parse(at) / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const isLate = x > bbox.left + bbox.width / 2;
    ctx.textAlign = isLate ? 'right' : 'left';
    ctx.fillText(text, x + (isLate ? -4 : 4) * devicePixelRatio, bbox.top + 10 * devicePixelRatio);
  }
  ctx.restore();
}

const daysIn = (scale: Plot.Scale | undefined): number => ((scale?.max ?? 0) - (scale?.min ?? 0)) / 86_400;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });

function timeText(seconds: number, isWithDay: boolean): string {
  const at = new Date(seconds * 1_000);
  return isWithDay ? `${day.format(at)}, ${clock.format(at)}` : clock.format(at);
}
