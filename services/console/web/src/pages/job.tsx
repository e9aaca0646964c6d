import { useLocation, useParams } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import { type Job, type JobTree, type LogLine, liveStates } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Json } from '../ui/json.tsx';
import { Meter } from '../ui/meter.tsx';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago, clockTime, Span } from '../ui/time.tsx';
import { CloneJob } from './clone-job.tsx';
import { JobTimeline } from './job-timeline.tsx';
import { Waterfall } from './waterfall.tsx';

const tabs = [
  ['timeline', 'Timeline'],
  ['trace', 'Trace'],
  ['logs', 'Logs'],
  ['data', 'Data'],
  ['tree', 'Family'],
] as const;

type Of = { readonly service: string; readonly job: Job };

/** One job: what it is, what has happened to it, and what can be done. */
export function JobPage() {
  const { service = '', id = '' } = useParams();
  const job = useAnswer<Job>(`/api/${service}/jobs/${id}`, { everyMs: 5_000 });
  return (
    <Answer of={job} lines={10}>
      {(found) => <Shown service={service} job={found} />}
    </Answer>
  );
}

function Shown({ service, job }: Of) {
  const tab = useTab(tabs);
  return (
    <Page
      title={job.name}
      aside={<StateBadge state={job.state} />}
      from={{ href: '/jobs', text: 'Jobs' }}
      actions={<Deeds service={service} job={job} />}
    >
      <div className="card">
        <JobFacts service={service} job={job} />
      </div>
      <Tabs label="Parts of the job" of={tabs} />
      {tab === 'timeline' && <JobTimeline job={job} />}
      {tab === 'trace' && <Trace job={job} />}
      {tab === 'logs' && <Logs service={service} job={job} />}
      {tab === 'data' && <Data job={job} />}
      {tab === 'tree' && <Family service={service} job={job} />}
    </Page>
  );
}

const JobFacts = ({ service, job }: Of) => (
  <Facts
    of={{
      Id: <span className="mono">{job.id}</span>,
      Service: service,
      Queue: `${job.queue} (${job.lane})`,
      Progress: <Meter share={job.progress} label={job.message ?? 'Progress'} />,
      Says: job.message,
      Attempt: `${job.attempt} of ${job.maxAttempts}${job.crashes > 0 ? `, ${job.crashes} crashes` : ''}`,
      'Waits for': job.waitingFor ?? undefined,
      Worker: job.worker,
      Trace: <TraceLink id={job.traceId} />,
      Created: <Ago at={job.createdAt} />,
      Due: <Ago at={job.scheduledAt} />,
      Waited: <Span ms={job.waitMs} />,
      Ran: <Span ms={job.runMs} />,
      Parent: job.parentId ? <JobLink service={service} id={job.parentId} /> : undefined,
      'Replayed from': job.replayedFrom ? <JobLink service={service} id={job.replayedFrom} /> : undefined,
      Tags: job.tags.length > 0 ? job.tags.join(', ') : undefined,
    }}
  />
);

/** Each button says why it makes no sense, instead of going away. */
function Deeds({ service, job }: Of) {
  const [, navigate] = useLocation();
  const at = `/api/${service}/jobs/${job.id}`;
  const isLive = liveStates.includes(job.state);
  const isWaiting = isLive && job.state !== 'executing';
  const ended = isLive ? undefined : `It has ended: ${job.state}.`;
  return (
    <>
      <DeedButton
        path={`${at}/run-now`}
        said="It is due now."
        refusedBecause={isWaiting ? undefined : (ended ?? 'It runs already.')}
      >
        Run now
      </DeedButton>
      <DeedButton
        path={`${at}/retry`}
        body={{}}
        said="It runs again."
        refusedBecause={isLive ? 'It has not ended.' : undefined}
      >
        Retry
      </DeedButton>
      <CloneJob job={job} service={service} />
      <DeedButton
        path={`${at}/cancel`}
        kind="danger"
        needs="member"
        said="It is asked to stop."
        refusedBecause={ended}
        confirm={{ title: 'Cancel this job', text: 'What it has done so far stays as its service promises.' }}
      >
        Cancel
      </DeedButton>
      <DeedButton
        method="DELETE"
        path={at}
        kind="danger"
        needs="admin"
        said="The record is gone."
        refusedBecause={isLive ? 'It has not ended.' : undefined}
        confirm={{
          title: 'Delete this record',
          text: 'The record and its logs go; this cannot be undone.',
          typed: job.name,
        }}
        onDone={() => navigate('/jobs')}
      >
        Delete
      </DeedButton>
    </>
  );
}

const Trace = ({ job: { traceId } }: { readonly job: Job }) =>
  traceId ? <Waterfall traceId={traceId} /> : <Empty title="This job has no trace" />;

const logColumns: readonly Column<LogLine>[] = [
  { title: 'Time', cell: ({ at }) => <span className="number">{clockTime(new Date(at))}</span> },
  { title: 'Attempt', isNumber: true, cell: ({ attempt }) => attempt },
  { title: 'Level', cell: ({ level }) => <span className={level === 'error' ? 'bad-text' : undefined}>{level}</span> },
  { title: 'Line', cell: ({ message }) => message },
  {
    title: 'Fields',
    cell: ({ fields }) =>
      Object.keys(fields).length > 0 ? <code className="clip">{JSON.stringify(fields)}</code> : '',
  },
];

function Logs({ service, job }: Of) {
  const lines = usePages<LogLine>(`/api/${service}/jobs/${job.id}/logs`);
  return (
    <Answer of={lines}>
      {(rows) => (
        <Table
          label="Log lines"
          columns={logColumns}
          rows={rows}
          keyOf={({ id }) => id}
          empty={<Empty title="It has written no line" />}
          more={lines}
        />
      )}
    </Answer>
  );
}

const Data = ({ job }: { readonly job: Job }) => (
  <>
    <Section title="Payload">
      <Json value={job.payload} label="Payload" />
    </Section>
    <Section title="Result">
      <Json value={job.result} label="Result" />
    </Section>
    <Section title="Meta">
      <Json value={job.meta} label="Meta" />
    </Section>
  </>
);

type Node = JobTree['nodes'][number];

function Family({ service, job }: Of) {
  const tree = useAnswer<JobTree>(`/api/${service}/jobs/${job.id}/tree`);
  const columns: readonly Column<Node>[] = [
    {
      title: 'Job',
      cell: ({ id, name }) => <JobLink service={service} id={id} text={id === job.id ? `${name} (this)` : name} />,
    },
    { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
    { title: 'Comes from', cell: (node) => <Origin service={service} node={node} /> },
    { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { title: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
  ];
  return (
    <Answer of={tree}>
      {({ nodes }) => (
        <Table
          label="Family"
          columns={columns}
          rows={nodes}
          keyOf={({ id }) => id}
          empty={<Empty title="It stands alone" />}
        />
      )}
    </Answer>
  );
}

function Origin({ service, node: { parentId, replayedFrom } }: { readonly service: string; readonly node: Node }) {
  if (replayedFrom)
    return (
      <>
        a replay of <JobLink service={service} id={replayedFrom} />
      </>
    );
  return parentId ? <JobLink service={service} id={parentId} /> : <span className="faint">a request</span>;
}
