import { usePages } from '../api/answers.ts';
import type { Campaign } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Section } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** The campaigns of a pool, the newest first, with both their ages: since they were built, and since they were given away. */
export const PoolMembers = ({ type }: { readonly type: string }) => (
  <Section title="Members">
    <PagedTable
      of={usePages<Campaign>(`/api/campaign/pools/${type}/members`)}
      label="Members"
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Empty title="The pool is empty" />}
      lines={6}
    />
  </Section>
);

const columns: readonly Column<Campaign>[] = [
  { title: 'Member', cell: ({ id }) => <ResourceLink href={`/campaigns/${id}`} id={id} /> },
  { title: 'State', cell: ({ poolStatus }) => <StateBadge state={poolStatus ?? 'unknown'} /> },
  {
    title: 'Template',
    isNumber: true,
    cell: ({ templateVersion }) => (templateVersion === null ? '–' : `v${templateVersion}`),
  },
  { title: 'Built', cell: ({ poolCreatedAt }) => <Ago at={poolCreatedAt} /> },
  { title: 'Given away', cell: ({ activatedAt }) => <Ago at={activatedAt} /> },
  { title: 'Owner', cell: ({ ownerId }) => ownerId ?? '–' },
];
