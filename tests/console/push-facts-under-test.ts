import type { Page } from 'playwright-core';
import type { BrowsedCluster } from './browsed-cluster-under-test.ts';
import { playPushService, push, pushEndpoint } from './push-switch-under-test.ts';

const address = '/notifications?tab=preferences';

const switchOn = (page: Page, state: { checked?: boolean; disabled?: boolean } = {}) =>
  page.getByRole('checkbox', { name: 'Notify me in this browser', ...state });

/** What holds of messages that reach a person in the browser while no page is open. */
export function pushFacts(world: () => { readonly cluster: BrowsedCluster }): void {
  it('tells a person in this browser from when they switch it on to when they switch it off', async () => {
    const member = await world().cluster.visit('member');
    const { page } = member;
    const asked = async (path: string) =>
      (await page.context().request.get(`/api/notifications/push/${path}`)).json() as Promise<Record<string, unknown>>;
    await page.context().grantPermissions(['notifications']);
    await playPushService(member);

    await member.open(address);
    await switchOn(page, { checked: false, disabled: false }).click();
    await switchOn(page, { checked: true }).waitFor();
    const { items } = await asked('subscriptions');
    const shown = await push(member, { id: '7', title: 'The mesh is ready', body: 'horse.png' });
    await switchOn(page).click();
    await switchOn(page, { checked: false }).waitFor();

    expect(items).toMatchObject([{ endpoint: pushEndpoint, name: expect.stringContaining('Chrom') }]);
    expect(await page.evaluate('window.signedOnWith')).toBe((await asked('key'))['publicKey']);
    expect(shown).toEqual([{ title: 'The mesh is ready', body: 'horse.png', tag: '7' }]);
    expect((await asked('subscriptions'))['items']).toEqual([]);
    expect(member.errors).toEqual([]);
    await member.close();
  });

  it('stays off where a browser cannot be told, and says why', async () => {
    const member = await world().cluster.visit('member');
    const { page } = member;

    await page.context().grantPermissions(['notifications']);
    await member.open(address);
    await switchOn(page, { disabled: false }).click();
    await page
      .getByRole('alert')
      .getByText(/^It stays as it was: /)
      .waitFor();
    await switchOn(page, { checked: false, disabled: false }).waitFor();

    // Whoever grants nothing, forbids.
    await page.context().clearPermissions();
    await page.context().grantPermissions([]);
    await member.open(address);
    await page.getByText('This browser forbids notifications of this page.').waitFor();
    await switchOn(page, { checked: false, disabled: true }).waitFor();

    await page.addInitScript('delete window.PushManager');
    await member.open(address);
    await page.getByText('This browser knows no push messages.').waitFor();
    await switchOn(page, { checked: false, disabled: true }).waitFor();
    await member.close();
  });
}
