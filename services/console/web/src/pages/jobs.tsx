import { useState } from 'react';
import { Link } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import { address } from '../api/request.ts';
import { type Job, jobStates, type OfService } from '../api/shapes.ts';
import { useFilter, useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { Clip } from '../ui/clip.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { JobLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { BulkDeeds } from './bulk-deeds.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { serviceNames } from './service-names.ts';

const filterNames = ['state', 'service', 'name', 'queue', 'tag', 'trace', 'fingerprint', 'from', 'to', 'q'] as const;

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
      <Counts filter={filter} />
      <Filters />
      <AwayNote away={jobs.away} />
      <Answer of={jobs} lines={12}>
        {(rows) => (
          <Table
            label="Jobs"
            columns={columns}
            rows={rows}
            keyOf={({ service, id }) => `${service} ${id}`}
            empty={<Empty title="No job is like that">Ease the filter, or wait: new jobs show by themselves.</Empty>}
            more={jobs}
          />
        )}
      </Answer>
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

/** `arg.<path>` is a value inside of the payload. */
const useJobFilter = () => useFilter((name) => filterNames.some((known) => known === name) || name.startsWith('arg.'));

function Counts({ filter: { state: _state, ...filter } }: { readonly filter: Readonly<Record<string, string>> }) {
  const url = useUrlState();
  const counts = useAnswer<{ counts: Record<string, number> }>(address('/api/everywhere/jobs/counts', filter));
  const chosen = url.get('state');
  return (
    <nav className="state-counts" aria-label="States">
      {['', ...jobStates].map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={chosen === state}
          onClick={() => url.set({ state: state || null })}
        >
          {state || 'all'} <span className="number">{state ? numberText(counts.data?.counts[state] ?? 0) : ''}</span>
        </button>
      ))}
    </nav>
  );
}

function Filters() {
  const url = useUrlState();
  const field = (name: string, label: string, hint?: string) => (
    <TextField
      label={label}
      {...(hint && { hint })}
      value={url.get(name)}
      onChange={(value) => url.set({ [name]: value || null })}
    />
  );
  return (
    <search className="filters" aria-label="Filter">
      {field('q', 'Text')}
      {field('name', 'Name')}
      <Choice
        label="Service"
        value={url.get('service')}
        onChange={(service) => url.set({ service: service || null })}
        of={[['', 'all'], ...serviceNames]}
      />
      {field('queue', 'Queue')}
      {field('trace', 'Trace')}
      {field('tag', 'Tag')}
      <ArgumentFilter />
      {url.get('fingerprint') && <Link href="/jobs">Without the fingerprint</Link>}
    </search>
  );
}

/** One `path=value` into the payload, written into the address when it is whole. */
function ArgumentFilter() {
  const url = useUrlState();
  const known = Object.entries(url.all).find(([name]) => name.startsWith('arg.'));
  const [text, setText] = useState(known ? `${known[0].slice(4)}=${known[1]}` : '');
  const change = (next: string) => {
    setText(next);
    const [, path, value] = /^([^=]+)=(.+)$/.exec(next) ?? [];
    url.set({ ...(known && { [known[0]]: null }), ...(path && value && { [`arg.${path.trim()}`]: value.trim() }) });
  };
  return <TextField label="Argument" placeholder="campaignId=…" value={text} onChange={change} />;
}
