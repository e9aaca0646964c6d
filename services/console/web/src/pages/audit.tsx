import { serviceNames } from '../../../src/domain/service-name.ts';
import { usePages } from '../api/answers.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { FilterChoice, Filters, FilterText } from '../ui/filter.tsx';
import { Json } from '../ui/json.tsx';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { shortId, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

type Entry = {
  readonly id: string;
  readonly sub: string;
  readonly role: string;
  readonly service: string;
  readonly path: string;
  readonly verb: string;
  readonly kind: string;
  readonly target: string | null;
  readonly payload: unknown;
  readonly before: unknown;
  readonly after: unknown;
  readonly status: number | null;
  readonly outcome: string;
  readonly detail: string | null;
  readonly traceId: string | null;
  readonly createdAt: string;
};

const filterNames = ['sub', 'service', 'kind', 'target', 'outcome'];

/** Who has asked for what through the console, and what came of it. */
export function AuditPage() {
  const filter = useFilter((name) => filterNames.includes(name));
  const entries = usePages<Entry>('/api/audit', filter);
  return (
    <Page title="Audit">
      <Filters>
        <FilterText name="sub" label="Who" />
        <FilterChoice name="service" label="Service" of={serviceNames} />
        <FilterText name="kind" label="Kind" placeholder="queues" />
        <FilterText name="target" label="Target" />
        <FilterChoice name="outcome" label="Outcome" of={['done', 'refused', 'failed', 'unknown']} />
      </Filters>
      <PagedTable
        of={entries}
        label="Deeds"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title="Nobody has done such a thing" />}
      />
    </Page>
  );
}

const columns: readonly Column<Entry>[] = [
  { title: 'When', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Who', cell: ({ sub, role }) => <span title={role}>{sub}</span> },
  {
    title: 'Did',
    cell: ({ verb, kind, target }) => (
      <span title={target ?? ''}>{`${verb} ${kind} ${target === null ? '' : shortId(target)}`}</span>
    ),
  },
  { title: 'Service', cell: ({ service }) => service },
  {
    title: 'Outcome',
    cell: ({ outcome, detail }) => (
      <span title={detail ?? ''}>
        <StateBadge state={outcome} />
      </span>
    ),
  },
  { title: 'Trace', cell: ({ traceId }) => <TraceLink id={traceId} /> },
  { title: 'Sent', cell: (entry) => <What of={entry} /> },
];

const What = ({ of: { payload, before, after, path } }: { readonly of: Entry }) => (
  <details>
    <summary>Details</summary>
    <p className="mono">{path}</p>
    <Json label="Sent, before and after" value={{ sent: payload, before, after }} />
  </details>
);
