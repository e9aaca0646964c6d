import { usePages } from '../api/answers.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Section } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

type Suppression = {
  readonly id: string;
  readonly channel: string;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
};

/** Where nothing is sent any more, until somebody says so. */
export const Suppressions = () => (
  <Section title="Addresses that are written to no more">
    <PagedTable
      of={usePages<Suppression>('/api/notifications/suppressions')}
      label="Suppressed addresses"
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Empty title="None has bounced" />}
      lines={4}
    />
  </Section>
);

const columns: readonly Column<Suppression>[] = [
  { title: 'Address', cell: ({ address }) => address },
  { title: 'Channel', cell: ({ channel }) => channel },
  { title: 'Because', cell: ({ reason }) => reason },
  { title: 'Since', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    title: 'Steer',
    cell: ({ id }) => (
      <DeedButton method="DELETE" path={`/api/notifications/suppressions/${id}`} said="It is written to again.">
        Write again
      </DeedButton>
    ),
  },
];
