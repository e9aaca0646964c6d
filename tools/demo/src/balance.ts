import { type LedgerRow, ledger } from './answers.ts';
import { claim } from './claim.ts';
import { eventually } from './eventually.ts';
import type { People } from './people.ts';
import { chapter, say, table } from './print.ts';

const columns = ['accepted', 'succeeded', 'failed', 'discarded', 'cancelled', 'live', 'imbalance'] as const;

/** Shows each service's ledger: what was accepted is counted apart from what became of it. */
export async function balance({ operator }: People): Promise<void> {
  chapter('11. The ledger');
  const rows: [string, LedgerRow][] = [];
  for (const [service, client] of Object.entries(operator)) {
    // A command that is being written right now may stand on one side only for a moment.
    const balanced = await eventually(`a balanced ledger of ${service}`, async () => {
      const { items } = await client.get('/ledger', ledger);
      return items.every(({ imbalance }) => imbalance === 0) ? items : undefined;
    });
    rows.push(...balanced.map((row): [string, LedgerRow] => [service, row]));
    if (balanced.length === 0) say(`  ${service} performs no jobs so far; it hears events.`);
  }
  const made = rows.find(([, { name }]) => name === 'mesh.generate')?.[1];
  claim(made && made.succeeded >= 7, 'the ledger counts all meshes', made);
  const seeding = rows.find(([, { name }]) => name === 'campaign.seed')?.[1];
  claim(seeding && seeding.succeeded > 0 && seeding.failed > 0, 'the ledger counts both seedings', seeding);
  table([
    ['service', 'job', ...columns],
    ...rows.map(([service, row]) => [service, row.name, ...columns.map((column) => row[column])]),
  ]);
  say('  Imbalance 0: every command that was accepted is accounted for.');
}
