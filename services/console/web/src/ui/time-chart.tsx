import { useEffect, useRef } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from './theme.tsx';

export type Line = { readonly name: string; readonly values: readonly (number | null)[]; readonly tone: ChartTone };

type ChartTone = 'accent' | 'good' | 'warn' | 'bad';

type TimeChartProps = {
  /** What is drawn, for those who hear it. */
  readonly label: string;
  readonly times: readonly string[];
  readonly lines: readonly Line[];
  readonly unit?: string;
};

const heightPx = 180;

/** Lines over time. Charts of one page share their cursor. */
export function TimeChart({ label, times, lines, unit = '' }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { theme } = useTheme();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const data = [
      times.map((at) => Date.parse(at) / 1_000),
      ...lines.map(({ values }) => [...values]),
    ] as Plot.AlignedData;
    const plot = new Plot(optionsFor(element, lines, unit), data, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, lines, unit, theme]);
  return <div ref={frame} className="chart" role="img" aria-label={label} style={{ minHeight: heightPx }} />;
}

function optionsFor(element: HTMLElement, lines: readonly Line[], unit: string): Plot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name);
  const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: heightPx,
    cursor: { sync: { key: 'page' }, points: { size: 6 } },
    axes: [axis, { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => `${tick}${unit}`) }],
    series: [
      {},
      ...lines.map(({ name, tone }) => ({ label: name, stroke: colour(`--${tone}`), width: 1.5, spanGaps: false })),
    ],
  };
}
