import { randomUUID } from 'node:crypto';
import { placesOf, type Visit } from '@millrace/browser';
import { realPictures } from '@millrace/demo/real-pictures';
import { until } from '@millrace/testkit';
import type { Page } from 'playwright-core';
import { type BrowsedCluster, startBrowsedCluster } from './browsed-cluster-under-test.ts';
import { lookAtEach } from './every-page-under-test.ts';
import { listFacts } from './list-facts-under-test.ts';
import { pushFacts } from './push-facts-under-test.ts';

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
    await page.getByRole('link', { name: /^schticks \d/ }).waitFor();
    await page.locator('tbody tr').nth(5).waitFor();
  });

  it('asks whoever a message has led to a page before anything is done', async () => {
    const { page } = operator;

    await operator.go('/pools/master?do=refill');
    const question = page.getByRole('dialog');
    await question.getByText('nothing has been done yet').waitFor();
    await question.getByRole('button', { name: 'Refill' }).click();

    await page.getByText('Builds are under way.').waitFor();
    await question.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');
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
    const paused = page.getByRole('row').filter({ hasText: 'pause queues music.match' });
    await paused.getByRole('link').first().waitFor();
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

    // In the dialog, because all outside of it is out of reach.
    await page.getByRole('dialog').getByRole('alert').getByText('campaignId').waitFor();
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
    expect(await page.locator('.cell-state').allInnerTexts()).toEqual(Array(5).fill('completed'));
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
    const crowd = await Promise.all(
      Array.from({ length: 6 }, () => cluster.ask('POST', '/api/mesh-orchestrator/meshes', wish)),
    );
    const mesh = await cluster.ask('POST', '/api/mesh-orchestrator/meshes', wish);
    await operator.go(`/meshes/${mesh['id']}`);
    await seen(page, 'processing');
    await page.getByRole('button', { name: 'Cancel' }).click();

    await seen(page, 'cancelled');
    expect(await cluster.ask('GET', `/api/mesh-orchestrator/meshes/${mesh['id']}`)).toMatchObject({
      status: 'cancelled',
    });
    // What only made it wait would keep the engine busy for a minute more; one that has ended meanwhile refuses.
    await Promise.allSettled(crowd.map(({ id }) => cluster.ask('POST', `/api/mesh-orchestrator/meshes/${id}/cancel`)));
  });

  it('tells how long the engine was at each stage of a mesh, also of one in a batch', async () => {
    const { items: meshes } = await cluster.ask('GET', '/api/mesh-orchestrator/meshes?status=completed&limit=50');
    const ofBatch = (
      meshes as readonly { id: string; traceId: string; batchId: string | null; reused: boolean }[] | undefined
    )?.find(({ batchId, reused }) => batchId !== null && !reused);
    const { page } = operator;

    await operator.go(`/meshes/${ofBatch?.id}`);
    const stages = page.getByRole('region', { name: 'Stages' }).locator('tbody tr');
    await stages.first().waitFor({ timeout: withinMs });

    const told = await cluster.ask('GET', `/api/traces/${ofBatch?.traceId}/stages?mesh=${ofBatch?.id}`);
    const items = told['items'] as unknown as readonly { name: string; share: number; durationMs: number }[];
    expect(await stages.count()).toBe(items.length);
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['fetch', 'thumbnail', 'store']));
    expect(items.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(items.every(({ durationMs }) => durationMs > 0)).toBe(true);
  });

  listFacts(() => ({ cluster, operator }));

  pushFacts(() => ({ cluster }));

  it('draws the trace of a job over the services that it went through', async () => {
    const { page } = operator;

    await operator.go('/jobs?name=batch.generate');
    await page.getByRole('link', { name: /batch/ }).first().click();
    await page.getByRole('link', { name: 'Trace', exact: true }).click();

    await page.locator('.waterfall').waitFor({ timeout: withinMs });
    const services = await page.locator('.legend').allInnerTexts();
    expect(services).toEqual(expect.arrayContaining(['mesh-orchestrator', 'mesh-engine']));
    expect(await page.locator('.span-line').count()).toBeGreaterThan(10);
  });

  it('draws the demand of a pool beside the same time of the week before', async () => {
    const { page } = operator;

    await operator.go('/pools/master');
    await page.getByLabel('Beside the week before').check();

    await page.waitForURL('**/pools/master?beside=week');
    for (const line of ['hits', 'misses', 'ready', 'building']) {
      await page.getByText(`${line}, a week before`, { exact: true }).waitFor();
    }
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
    await operator.open('/queues');
    await page.getByText(/^Stale since/).waitFor();
    await page.unroute('**/api/live');

    await page.getByText('Live', { exact: true }).waitFor({ timeout: withinMs });
  });

  it('loads its first page in at most 200 KiB', async () => {
    await operator.open('/');
    const entries = (await operator.page.evaluate(
      'performance.getEntries().filter((entry) => "encodedBodySize" in entry).map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))',
    )) as readonly { name: string; encodedBodySize: number }[];
    const own = entries.filter(({ name }) => !new URL(name).pathname.startsWith('/api/'));
    const bytes = own.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);

    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(200 * 1_024);
  });

  it('shows every page in light and dark without an error, without a serious finding of axe-core, and fits a phone', async () => {
    const visit = await cluster.visit('admin');
    const places = await placesOf(cluster.url, await cluster.token('admin'));

    const findings = await lookAtEach(places, visit);

    expect(findings).toEqual(Object.fromEntries(places.map(({ name }) => [name, []])));
    expect(visit.errors).toEqual([]);
    expect(places.length).toBeGreaterThan(30);
    await visit.close();
  }, 240_000);
});

async function projectWithPictures(): Promise<string> {
  const { id } = await cluster.ask('POST', '/api/projects/projects', { name: 'The Glass Tide' });
  const form = new FormData();
  for (const { name, bytes } of await realPictures()) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  await cluster.ask('POST', `/api/projects/projects/${id}/images`, form);
  return id as unknown as string;
}
