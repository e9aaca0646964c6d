import { useEffect, useRef } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { chartHeightPx, dataOf, type Line, type Mark, optionsFor } from './chart-plot.ts';
import { useChartRange } from './chart-range.tsx';
import { useTheme } from './theme.tsx';

type TimeChartProps = {
  /** What is drawn, for those who hear it. */
  readonly label: string;
  readonly times: readonly string[];
  readonly lines: readonly Line[];
  readonly unit?: string;
  readonly marks?: readonly Mark[];
};

/** Lines over time. Charts of one page share their cursor, and the part of the time that somebody has drawn over. */
export function TimeChart({ label, times, lines, unit = '', marks = [] }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const { theme } = useTheme();
  const { range, narrow } = useChartRange();
  const now = useRef({ times, lines, marks, narrow });
  now.current = { times, lines, marks, narrow };
  const shape = JSON.stringify(lines.map(({ name, tone, isPale }) => [name, tone, isPale]));

  // Only other colours and lines make a new drawing; new data are put into the one that is there.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const options = optionsFor(element, {
      lines: now.current.lines,
      unit,
      marks: () => now.current.marks,
      onNarrow: (part) => now.current.narrow(part),
    });
    const made = new Plot(options, dataOf(now.current.times, now.current.lines), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: chartHeightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape, unit, theme]);

  useEffect(() => {
    plot.current?.setData(dataOf(times, lines));
    if (range) plot.current?.setScale('x', range);
  }, [times, lines, marks, range?.min, range?.max, shape, unit, theme]);

  const told = [label, ...marks.map(({ at, text }) => `${text} from ${new Date(at).toLocaleString()}`)].join('; ');
  return <div ref={frame} className="chart" role="img" aria-label={told} style={{ minHeight: chartHeightPx }} />;
}
