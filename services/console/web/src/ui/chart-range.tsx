import { useUrlState } from '../api/url-state.ts';
import { Button } from './button.tsx';

/** A part of the time, in seconds since 1970. */
export type ChartRange = { readonly min: number; readonly max: number };

/** The part of the time that all charts of the page show; undefined for all of it. It stands in the address. */
export function useChartRange() {
  const url = useUrlState();
  const [min = 0, max = 0] = url.get('part').split('-').map(Number);
  return {
    range: min > 0 && max > min ? { min, max } : undefined,
    narrow: (part: ChartRange | undefined) =>
      url.set({ part: part ? `${Math.floor(part.min)}-${Math.ceil(part.max)}` : null }),
  };
}

/** The way back, where only a part is shown. */
export function WholeRange() {
  const { range, narrow } = useChartRange();
  return range ? <Button onClick={() => narrow(undefined)}>Show all of it</Button> : null;
}
