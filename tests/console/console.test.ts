import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { placesOf, type Visit } from '@millrace/browser';
import { realPictures } from '@millrace/demo/real-pictures';
import { repositoryRoot } from '@millrace/stack';
import { isFull, until } from '@millrace/testkit';
import type { Page } from 'playwright-core';
import { type BrowsedCluster, startBrowsedCluster } from './browsed-cluster-under-test.ts';

const withinMs = 60_000;

let cluster: BrowsedCluster;
let operator: Visit;

beforeAll(async () => {
  cluster = await startBrowsedCluster();
  operator = await cluster.visit('operator');
}, 180_000);

/** The state beside the name of what a page is about. */
const state = (page: Page, of: string) => page.getByRole('heading', { level: 1 }).getByText(of, { exact: true });

const seen = (page: Page, of: string) => state(page, of).waitFor({ timeout: withinMs });

describe('the console', () => {
  it('creates a campaign from the pool and shows it ready, with what it holds', async () => {
    await until(async () => ((await cluster.ask('GET', '/api/campaign/pools/master'))['counts']?.['ready'] ?? 0) > 0, {
      withinMs,
      message: 'a member of the pool is ready',
    });
    const { page } = operator;

    await operator.go('/campaigns');
    await page.getByRole('button', { name: 'New campaign' }).click();
    await page.getByLabel('Name').fill('Neon Harbour');
    await page.getByRole('button', { name: 'Create', exact: true }).click();

    await page.getByText('It came from the pool, ready.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Neon Harbour' }).waitFor();
    await seen(page, 'ready');
    await page.getByText('Given to its owner').waitFor();
    await page.getByRole('button', { name: /^schticks \d/ }).waitFor();
    await page.locator('tbody tr').nth(5).waitFor();
  });

  it('pauses a queue and lets it go on, and keeps both in the audit log', async () => {
    const { page } = operator;
    const row = page.getByRole('row').filter({ hasText: 'music.match' });

    await operator.go('/queues');
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('paused', { exact: true }).waitFor();
    expect(await cluster.ask('GET', '/api/music/queues/music.match')).toMatchObject({ paused: true });
    await row.getByRole('button', { name: 'Resume' }).click();
    await row.getByText('running', { exact: true }).waitFor();

    await operator.go('/audit?kind=queues');
    await page.getByText('pause queues music.match').waitFor();
    await page.getByText('resume queues music.match').waitFor();
  });

  it('replays a dead letter with an edited payload', async () => {
    const payload = { campaignId: randomUUID(), requestedBy: 'console-operator' };
    const { job } = await cluster.ask('POST', '/api/campaign/jobs', { name: 'campaign.seed', payload });
    const dead = await cluster.ask('GET', `/api/campaign/jobs/${job?.['id']}?wait=30`);
    const { items: campaigns } = await cluster.ask('GET', '/api/campaign/campaigns?limit=20');
    const there = (campaigns as readonly { id: string; status: string; isPool: boolean }[] | undefined)?.find(
      ({ status, isPool }) => status === 'ready' && !isPool,
    );
    const { page } = operator;

    await operator.go(`/dead-letters/campaign/${dead['fingerprint']}`);
    await page.getByRole('row').filter({ hasText: 'campaign.seed' }).getByRole('button', { name: 'Replay' }).click();
    const editor = page.getByLabel('Payload');
    await editor.fill((await editor.inputValue()).replace(payload.campaignId, there?.id ?? 'nobody'));
    await page.getByRole('button', { name: 'Replay it' }).click();

    await page.getByText('It is under way again.').waitFor();
    await seen(page, 'completed');
    await page.getByText('100 %').waitFor();
    await page.getByText('Replayed from').waitFor();
  });

  it('shows the mistake when an edited payload does not fit its schema, and replays nothing', async () => {
    const payload = { campaignId: randomUUID(), requestedBy: 'console-operator' };
    const { job } = await cluster.ask('POST', '/api/campaign/jobs', { name: 'campaign.seed', payload });
    const dead = await cluster.ask('GET', `/api/campaign/jobs/${job?.['id']}?wait=30`);
    const { page } = operator;

    await operator.go(`/dead-letters/campaign/${dead['fingerprint']}`);
    await page
      .getByRole('row')
      .filter({ hasText: 'campaign.seed' })
      .getByRole('button', { name: 'Replay' })
      .first()
      .click();
    await page.getByLabel('Payload').fill('{"campaignId": 7}');
    await page.getByRole('button', { name: 'Replay it' }).click();

    await page.getByRole('alert').getByText('campaignId').waitFor();
    expect(await cluster.ask('GET', `/api/campaign/jobs/${job?.['id']}`)).toMatchObject({ state: 'failed' });
  });

  it('makes meshes of a project together and shows the batch to its end', async () => {
    const projectId = await projectWithPictures();
    const { page } = operator;

    await operator.go(`/projects/${projectId}`);
    await page.getByRole('button', { name: 'Make meshes of 5 pictures' }).click();

    await page.getByRole('heading', { level: 1, name: 'Batch' }).waitFor();
    await seen(page, 'completed');
    await page.getByText('100 %').waitFor();
    expect(await page.locator('.cell').allInnerTexts()).toEqual(Array(5).fill('completed'));
  });

  it('cancels a mesh that runs', async () => {
    const projectId = await projectWithPictures();
    const { items: images } = await cluster.ask('GET', `/api/projects/projects/${projectId}/images`);
    const astronaut = (images as readonly { id: string; name: string }[] | undefined)?.find(
      ({ name }) => name === 'astronaut.png',
    );
    const wish = {
      projectId,
      imageId: astronaut?.id,
      mode: 'relief',
      parameters: { detailFactor: 0.001 },
      reuse: false,
    };
    const { page } = operator;

    // Enough of them that the engine has not begun, let alone ended, the last one when it is cancelled.
    await Promise.all(Array.from({ length: 6 }, () => cluster.ask('POST', '/api/mesh-orchestrator/meshes', wish)));
    const mesh = await cluster.ask('POST', '/api/mesh-orchestrator/meshes', wish);
    await operator.go(`/meshes/${mesh['id']}`);
    await seen(page, 'processing');
    await page.getByRole('button', { name: 'Cancel' }).click();

    await seen(page, 'cancelled');
    expect(await cluster.ask('GET', `/api/mesh-orchestrator/meshes/${mesh['id']}`)).toMatchObject({
      status: 'cancelled',
    });
  });

  it('draws the trace of a job over the services that it went through', async () => {
    const { page } = operator;

    await operator.go('/jobs?name=batch.generate');
    await page.getByRole('link', { name: /batch/ }).first().click();
    await page.getByRole('button', { name: 'Trace', exact: true }).click();

    await page.locator('.waterfall').waitFor({ timeout: withinMs });
    const services = await page.locator('.legend').allInnerTexts();
    expect(services).toEqual(expect.arrayContaining(['mesh-orchestrator', 'mesh-engine']));
    expect(await page.locator('.span-line').count()).toBeGreaterThan(10);
  });

  it('tells a viewer why a deed is not theirs, and the services refuse it too', async () => {
    const viewer = await cluster.visit('viewer');
    await viewer.go('/queues');
    const pause = viewer.page
      .getByRole('row')
      .filter({ hasText: 'music.match' })
      .getByRole('button', { name: 'Pause' });

    expect(await pause.getAttribute('aria-disabled')).toBe('true');
    expect(await pause.getAttribute('title')).toBe('This takes the role operator; yours is viewer.');
    const headers = { 'x-millrace-console': '1', 'idempotency-key': randomUUID() };
    const refused = await viewer.page.context().request.post('/api/music/queues/music.match/pause', { headers });
    expect(refused.status()).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'forbidden' });
    const forged = await viewer.page.context().request.post('/api/music/queues/music.match/pause');
    expect(await forged.json()).toMatchObject({ code: 'request-forged' });
    await viewer.close();
  });

  it('says since when it is stale while nothing is heard, and is live again by itself', async () => {
    const { page } = operator;
    await operator.go('/queues');
    await page.getByText('Live', { exact: true }).waitFor();

    await page.route('**/api/live', (route) => route.abort());
    await operator.go('/queues');
    await page.getByText(/^Stale since/).waitFor();
    await page.unroute('**/api/live');

    await page.getByText('Live', { exact: true }).waitFor({ timeout: withinMs });
  });

  it('loads its first page in at most 200 KiB', async () => {
    const visit = await cluster.visit('viewer');
    await visit.go('/');
    const entries = (await visit.page.evaluate(
      'performance.getEntries().filter((entry) => "encodedBodySize" in entry).map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))',
    )) as readonly { name: string; encodedBodySize: number }[];
    await visit.close();
    const own = entries.filter(({ name }) => !new URL(name).pathname.startsWith('/api/'));
    const bytes = own.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);

    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(200 * 1_024);
  });

  // A browser that draws solids without a graphics card takes the machine from tests of timing; the dark half is for FULL=1.
  it.each(isFull() ? (['light', 'dark'] as const) : (['light'] as const))(
    'shows every page in %s without an error and without a serious finding of axe-core',
    async (theme) => {
      const folder = join(repositoryRoot, '.millrace/screenshots', theme);
      await mkdir(folder, { recursive: true });
      const visit = await cluster.visit('admin', { theme });
      const places = await placesOf(cluster.url, await cluster.token('admin'));
      const findings: Record<string, readonly string[]> = {};

      for (const { name, path } of places) {
        await visit.go(path);
        findings[name] = await visit.seriousFindings();
        await visit.page.screenshot({ path: join(folder, `${name}.png`) });
      }
      const { errors } = visit;
      await visit.close();

      expect(findings).toEqual(Object.fromEntries(places.map(({ name }) => [name, []])));
      expect(errors).toEqual([]);
      expect(places.length).toBeGreaterThan(30);
    },
    240_000,
  );

  it('fits a phone: no page is wider than its window', async () => {
    const visit = await cluster.visit('operator', { width: 390 });
    const wide: string[] = [];
    for (const { name, path } of await placesOf(cluster.url, await cluster.token('operator'))) {
      await visit.go(path);
      const { scrollWidth, clientWidth } = await visit.page.locator('main').evaluate((main: Sized) => ({
        scrollWidth: main.scrollWidth,
        clientWidth: main.clientWidth,
      }));
      if (scrollWidth > clientWidth) wide.push(`${name}: ${scrollWidth}`);
    }
    await visit.close();

    expect(wide).toEqual([]);
  }, 180_000);
});

type Sized = { readonly scrollWidth: number; readonly clientWidth: number };

async function projectWithPictures(): Promise<string> {
  const { id } = await cluster.ask('POST', '/api/projects/projects', { name: 'The Glass Tide' });
  const form = new FormData();
  for (const { name, bytes } of await realPictures()) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  await cluster.ask('POST', `/api/projects/projects/${id}/images`, form);
  return id as unknown as string;
}
