import { useEverywhere } from '../api/everywhere.ts';
import type { LedgerItem, OfService } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { type Column, Table } from '../ui/table.tsx';

/** Whether every command that was accepted has come to its end: nothing lost, nothing twice. */
export function LedgerPage() {
  const ledger = useEverywhere<LedgerItem>('ledger');
  return (
    <Page title="Ledger">
      <Answer of={ledger} lines={8}>
        {({ items, away }) => (
          <>
            <AwayNote away={away} />
            <Table
              label="Ledger"
              columns={columns}
              rows={items}
              keyOf={({ service, name }) => `${service} ${name}`}
              empty={<Empty title="Nothing has been asked for yet" />}
            />
          </>
        )}
      </Answer>
    </Page>
  );
}

const counted = (title: string, key: keyof Omit<LedgerItem, 'name'>): Column<OfService<LedgerItem>> => ({
  title,
  isNumber: true,
  cell: (item) => numberText(item[key]),
});

const columns: readonly Column<OfService<LedgerItem>>[] = [
  {
    title: 'Command',
    cell: ({ service, name }) => <ResourceLink href={`/jobs?service=${service}&name=${name}`} id={name} text={name} />,
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
