import { useEverywhere } from '../api/everywhere.ts';
import { address } from '../api/request.ts';
import type { LedgerItem, OfService } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import type { Column } from '../ui/table.tsx';

/** Whether every command that was accepted has come to its end: nothing lost, nothing twice. */
export const LedgerPage = () => (
  <Page title="Ledger">
    <EverywhereTable
      of={useEverywhere<LedgerItem>('ledger')}
      label="Ledger"
      columns={columns}
      keyOf={({ service, name }) => `${service} ${name}`}
      empty={<Empty title="Nothing has been asked for yet" />}
    />
  </Page>
);

const counted = (title: string, key: keyof Omit<LedgerItem, 'name'>): Column<OfService<LedgerItem>> => ({
  title,
  isNumber: true,
  cell: (item) => numberText(item[key]),
});

const columns: readonly Column<OfService<LedgerItem>>[] = [
  {
    title: 'Command',
    cell: ({ service, name }) => <ResourceLink href={address('/jobs', { service, name })} id={name} text={name} />,
  },
  { title: 'Service', cell: ({ service }) => service },
  counted('Accepted', 'accepted'),
  counted('Succeeded', 'succeeded'),
  counted('Failed', 'failed'),
  counted('Discarded', 'discarded'),
  counted('Cancelled', 'cancelled'),
  counted('Live', 'live'),
  {
    title: 'Imbalance',
    isNumber: true,
    cell: ({ imbalance }) => <span className={imbalance === 0 ? undefined : 'bad-text'}>{numberText(imbalance)}</span>,
  },
];
