import type { Visit } from '@millrace/browser';
import { isFull } from '@millrace/testkit';
import type { Response } from 'playwright-core';
import { type BrowsedCluster, startBrowsedCluster } from './browsed-cluster-under-test.ts';
import { commandMany } from './command-many-under-test.ts';
import { scrollThrough } from './scroll-under-test.ts';

const jobs = 100_000;
const tag = 'many';
const scrolledWithinMs = 420_000;

type Listed = { readonly id: string; readonly createdAt: string };

// Commanding so many takes minutes.
(isFull() ? describe : describe.skip)('the console before a hundred thousand jobs', () => {
  let cluster: BrowsedCluster;
  let operator: Visit;
  beforeAll(async () => {
    cluster = await startBrowsedCluster();
    operator = await cluster.visit('operator');
    await commandMany(cluster, tag, jobs);
  }, 600_000);

  it(
    'shows all of them to whoever scrolls to the end, each once and in order, with a screenful of rows in the page',
    async () => {
      const { page } = operator;
      const answered = listenToPages(operator);

      await operator.go(`/jobs?tag=${tag}`);
      await page.getByRole('button', { name: 'scheduled 100,000' }).waitFor({ timeout: 60_000 });
      const { rows, mostRowsInPage, gapsMs } = await scrollThrough(page, jobs, 3_000, scrolledWithinMs);
      const { items, refused, slowestMs } = await answered();

      const slow = gapsMs.filter((ms) => ms > 100).length;
      process.stdout.write(
        `job list: ${rows} rows, at most ${mostRowsInPage} in the page, the slowest page of jobs in ${slowestMs} ms, ${refused} asked again, ${slow} of ${gapsMs.length} frames above 100 ms\n`,
      );
      expect(rows).toBe(jobs);
      expect(mostRowsInPage).toBeLessThan(80);
      expect(new Set(items.map(({ id }) => id)).size).toBe(jobs);
      expect(items).toEqual(
        items.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id)),
      );
      await page
        .locator(`tr[aria-rowindex="${jobs + 1}"]`)
        .getByRole('link')
        .first()
        .waitFor();
      expect(operator.errors).toEqual([]);
    },
    scrolledWithinMs + 120_000,
  );
});

type Answered = {
  readonly items: readonly Listed[];
  /** Pages that a service did not answer in time, and were asked for again. */
  readonly refused: number;
  readonly slowestMs: number;
};

/** What the page is answered from now on when it asks for jobs; told when it is asked. */
function listenToPages({ page }: Visit): () => Promise<Answered> {
  const pages = new Map<string, Promise<readonly Listed[]>>();
  const timesMs: number[] = [];
  let refused = 0;
  page.on('response', (response: Response) => {
    const { pathname, searchParams } = new URL(response.url());
    if (pathname !== '/api/everywhere/jobs') return;
    if (!response.ok()) return void refused++;
    timesMs.push(response.request().timing().responseStart);
    pages.set(searchParams.get('cursor') ?? '', itemsIn(response));
  });
  return async () => ({
    items: (await Promise.all(pages.values())).flat(),
    refused,
    slowestMs: Math.round(Math.max(...timesMs)),
  });
}

const itemsIn = async (response: Response): Promise<readonly Listed[]> =>
  ((await response.json()) as { items: readonly Listed[] }).items;
