import { readFile } from 'node:fs/promises';
import type { Visit } from '@millrace/browser';
import type { Download } from 'playwright-core';
import type { BrowsedCluster } from './browsed-cluster-under-test.ts';
import { commandMany } from './command-many-under-test.ts';
import { scrollThrough } from './scroll-under-test.ts';

type World = { readonly cluster: BrowsedCluster; readonly operator: Visit };

/** What holds of long lists, of narrowed ones, and of deeds on all that such a list finds. */
export function listFacts(world: () => World): void {
  it('keeps the filter of the job list under a name, and gives the list as a file', async () => {
    const { operator, cluster } = world();
    const { page } = operator;

    await operator.go('/jobs?name=campaign.seed&state=failed');
    await page.getByRole('button', { name: 'Save this view' }).click();
    await page.getByLabel('Name of the view').fill('Failed seeds');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await operator.go('/jobs');
    await page.getByRole('navigation', { name: 'Saved views' }).getByRole('link', { name: 'Failed seeds' }).click();
    await page.waitForURL('**/jobs?name=campaign.seed&state=failed');
    const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    const [json] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON' }).click()]);

    const query = 'name=campaign.seed&state=failed';
    const { items } = await cluster.ask('GET', `/api/everywhere/jobs?${query}&limit=1000`);
    const listed = items as unknown as readonly { id: string }[];
    const short = await cluster.ask('GET', `/api/everywhere/jobs/export?${query}&format=json&limit=1`);
    expect(listed.length).toBeGreaterThan(1);
    expect(short).toEqual(listed.slice(0, 1));
    expect(JSON.parse(await textOf(json))).toEqual(listed);
    const [head, ...rows] = (await textOf(csv)).trimEnd().split('\r\n');
    expect(head).toMatch(/^service,id,name,queue,/);
    expect(rows.map((row) => row.split(',')[1])).toEqual(listed.map(({ id }) => id));
    expect(csv.suggestedFilename()).toMatch(/^jobs-[\dT-]+\.csv$/);
  });

  it.each([
    ['dead-letters', 'state=open', 'fingerprint'],
    ['meshes', 'status=completed', 'id'],
    ['deliveries', 'channel=inbox', 'id'],
  ])('keeps views of %s as well, and gives what it narrows to as a file', async (list, query, key) => {
    const { operator, cluster } = world();
    const { page } = operator;

    await operator.go(`/${list}?${query}`);
    await page.getByRole('button', { name: 'Save this view' }).click();
    await page.getByLabel('Name of the view').fill(`Kept ${list}`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await operator.go(`/${list}`);
    await page.getByRole('link', { name: `Kept ${list}` }).click();
    await page.waitForURL(`**/${list}?${query}`);
    const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);

    const told = await cluster.ask('GET', `/api/everywhere/${list}/export?${query}&format=json`);
    const [head = '', ...rows] = (await textOf(csv)).trimEnd().split('\r\n');
    const column = head.split(',').indexOf(key);
    expect(column).toBeGreaterThanOrEqual(0);
    const later = (told as unknown as readonly Record<string, string>[]).map((item) => item[key]);
    expect(rows.length).toBeGreaterThan(0);
    // More may have come meanwhile.
    expect(later).toEqual(expect.arrayContaining(rows.map((row) => row.split(',')[column])));
    expect(csv.suggestedFilename()).toMatch(new RegExp(`^${list}-[\\dT-]+\\.csv$`));
  });

  it('reads on in a long list with a screenful of rows in the page, and stands still meanwhile', async () => {
    const { operator, cluster } = world();
    const { page } = operator;
    await commandMany(cluster, 'long', 2_000);

    await operator.go('/jobs?tag=long');
    await page.getByRole('button', { name: 'scheduled 2,000' }).waitFor();
    const { mostRowsInPage, rows } = await scrollThrough(page, 500, 900);

    expect(rows).toBeGreaterThanOrEqual(500);
    expect(mostRowsInPage).toBeLessThan(80);
    await page.getByText('The list stands still while you read on.').waitFor();
    await page.getByRole('button', { name: 'Back to the newest' }).click();
    await page.getByText('The list stands still while you read on.').waitFor({ state: 'detached' });
  });

  it('cancels all that a filter finds once their number is typed, on a page of its own that leads back to the filter', async () => {
    const { operator, cluster } = world();
    const { page } = operator;
    const query = 'service=campaign&tag=long';

    await operator.go(`/jobs?${query}`);
    await page.getByRole('button', { name: 'Cancel all' }).click();
    await page.getByLabel('Type the number to go on').fill('2000');
    await page.getByRole('button', { name: 'cancel 2,000 jobs' }).click();

    await page
      .getByRole('heading', { level: 1, name: 'cancel in campaign' })
      .getByText('completed')
      .waitFor({ timeout: 60_000 });
    await page.getByText('2,000 of 2,000').waitFor();
    expect(await cluster.ask('GET', '/api/campaign/jobs/counts?tag=long')).toMatchObject({
      cancelled: 2_000,
      scheduled: 0,
    });
    await page.getByRole('link', { name: 'What it was asked of' }).click();
    await page.waitForURL(/\/jobs\?service=campaign&.*tag=long/);
    await page.getByRole('button', { name: 'cancelled 2,000' }).waitFor();
  });
}

const textOf = async (download: Download): Promise<string> => readFile(await download.path(), 'utf8');
