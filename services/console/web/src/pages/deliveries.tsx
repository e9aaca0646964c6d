import { usePages } from '../api/answers.ts';
import type { Delivery } from '../api/notice-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { FilterChoice, Filters, FilterText } from '../ui/filter.tsx';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { Suppressions } from './suppressions.tsx';
import { sentChannels, TestDelivery } from './test-delivery.tsx';

const states = [
  'queued',
  'gathered',
  'held',
  'sending',
  'retrying',
  'delivered',
  'digested',
  'throttled',
  'skipped',
  'bounced',
  'failed',
] as const;

/** What was sent to whom by which way, and what came of it. */
export function DeliveriesPage() {
  const filter = useFilter((name) => ['state', 'channel', 'recipient'].includes(name));
  const deliveries = usePages<Delivery>('/api/notifications/deliveries', filter);
  return (
    <Page
      title="Deliveries"
      actions={
        <>
          <ListTools list="deliveries" filter={filter} />
          <TestDelivery />
        </>
      }
    >
      <ListViews list="deliveries" filter={filter} />
      <Filters>
        <FilterChoice name="state" label="State" of={states} />
        <FilterChoice name="channel" label="Channel" of={['inbox', ...sentChannels]} />
        <FilterText name="recipient" label="Recipient" />
      </Filters>
      <PagedTable
        of={deliveries}
        label="Deliveries"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title="Nothing was sent like that" />}
      />
      <Suppressions />
    </Page>
  );
}

const columns: readonly Column<Delivery>[] = [
  { title: 'Message', cell: ({ id, title }) => <ResourceLink href={`/deliveries/${id}`} id={id} text={title} /> },
  {
    title: 'State',
    cell: ({ state, reason }) => (
      <span title={reason ?? ''}>
        <StateBadge state={state} />
      </span>
    ),
  },
  { title: 'Channel', cell: ({ channel }) => channel },
  { title: 'To', cell: ({ to }) => <Clip text={to} /> },
  { title: 'Recipient', cell: ({ recipient }) => recipient },
  { title: 'Attempts', isNumber: true, cell: ({ attempts }) => attempts.length },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];
