import { usePages } from '../api/answers.ts';
import type { Job, OfService } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { Clip } from '../ui/clip.tsx';
import { Meter } from '../ui/meter.tsx';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { JobLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { BulkDeeds } from './bulk-deeds.tsx';
import { JobCounts } from './job-counts.tsx';
import { JobFilters, useJobFilter } from './job-filters.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';

/** Every job of the cluster, newest first, narrowed by what stands in the address. */
export function JobsPage() {
  const filter = useJobFilter();
  const jobs = usePages<OfService<Job>>('/api/everywhere/jobs', filter);
  return (
    <Page
      title="Jobs"
      actions={
        <>
          <ListTools list="jobs" filter={filter} />
          <BulkDeeds filter={filter} />
        </>
      }
    >
      <ListViews list="jobs" filter={filter} />
      <JobCounts filter={filter} />
      <JobFilters filter={filter} />
      <AwayNote away={jobs.away} />
      <PagedTable
        of={jobs}
        label="Jobs"
        columns={columns}
        keyOf={({ service, id }) => `${service} ${id}`}
        empty={<Empty title="No job is like that">Ease the filter, or wait: new jobs show by themselves.</Empty>}
        lines={12}
      />
    </Page>
  );
}

const columns: readonly Column<OfService<Job>>[] = [
  { title: 'Job', cell: ({ service, id, name }) => <JobLink service={service} id={id} text={name} /> },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Progress', cell: (job) => <Progress of={job} /> },
  { title: 'Attempt', isNumber: true, cell: ({ attempt, maxAttempts }) => `${attempt} / ${maxAttempts}` },
  { title: 'Waited', isNumber: true, cell: ({ waitMs }) => <Span ms={waitMs} /> },
  { title: 'Ran', isNumber: true, cell: ({ runMs }) => <Span ms={runMs} /> },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Queue', cell: ({ queue }) => queue },
  { title: 'Trace', cell: ({ traceId }) => <TraceLink id={traceId} /> },
];

function Progress({ of: { state, progress, message, errors } }: { readonly of: Job }) {
  if (state === 'executing') return <Meter share={progress} label={message ?? 'Progress'} />;
  const said = errors.at(-1)?.message;
  return state === 'completed' || !said ? (
    <Clip text={message ?? ''} kind="faint" />
  ) : (
    <Clip text={said} kind="bad-text" />
  );
}
