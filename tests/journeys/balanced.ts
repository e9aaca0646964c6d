import { until } from '@millrace/testkit';
import type { BothServices } from '../both-services.ts';

/** Waits until no job is live (what a stopping replica could not ring for is rung for after half a minute), then: each command that was accepted is accounted for, in both services. @param campaignUrl which replica of campaign is asked. */
export async function expectBalanced(
  both: BothServices,
  campaignUrl: string = both.service('campaign').url,
): Promise<void> {
  for (const url of [campaignUrl, both.service('notifications').url]) {
    const rows = await until(() => settledLedger(both, url), { withinMs: 60_000, message: 'no job is live' });
    expect(rows.filter(({ imbalance }) => imbalance !== 0)).toEqual([]);
  }
}

type Row = { name: string; live: number; imbalance: number };

/** The ledger, unless a job is live. */
async function settledLedger(both: BothServices, url: string): Promise<Row[] | false> {
  const { token } = await both.person('operator');
  const answer = await fetch(`${url}/ledger`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = (await answer.json()) as { items: Row[] };
  return items.every(({ live }) => live === 0) && items;
}
