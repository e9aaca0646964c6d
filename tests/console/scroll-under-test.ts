import type { Page } from 'playwright-core';

/** How a list fared while somebody scrolled through it. */
export type Scrolled = {
  /** Between two frames each. */
  readonly gapsMs: readonly number[];
  readonly mostRowsInPage: number;
  /** Of the list, as far as it was read. */
  readonly rows: number;
};

/** Scrolls on by so much at each frame until so many rows of the page's list are read, and then to their end. Default: at most for 200 s. */
export const scrollThrough = async (page: Page, rows: number, stepPx: number, withinMs = 200_000): Promise<Scrolled> =>
  (await page.evaluate(scrollTo(rows, stepPx, withinMs))) as Scrolled;

const scrollTo = (rows: number, stepPx: number, withinMs: number): string => `new Promise((resolve) => {
  const frame = document.querySelector('.table-frame');
  const begunAt = performance.now();
  const gapsMs = [];
  let lastAt = begunAt;
  let mostRowsInPage = 0;
  const step = (now) => {
    gapsMs.push(now - lastAt);
    lastAt = now;
    frame.scrollTop += ${stepPx};
    mostRowsInPage = Math.max(mostRowsInPage, frame.querySelectorAll('tbody tr').length);
    const rows = Number(frame.querySelector('table').getAttribute('aria-rowcount')) - 1;
    if (rows < ${rows} && now - begunAt <= ${withinMs}) return requestAnimationFrame(step);
    frame.scrollTop = frame.scrollHeight;
    resolve({ gapsMs: gapsMs.slice(1), mostRowsInPage, rows });
  };
  requestAnimationFrame(step);
})`;
