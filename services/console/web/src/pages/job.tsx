import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Job } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Json } from '../ui/json.tsx';
import { Meter } from '../ui/meter.tsx';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { JobDeeds } from './job-deeds.tsx';
import { JobFamily } from './job-family.tsx';
import { JobLogs } from './job-logs.tsx';
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
      actions={<JobDeeds service={service} job={job} />}
    >
      <div className="card">
        <JobFacts service={service} job={job} />
      </div>
      <Tabs label="Parts of the job" of={tabs} />
      {tab === 'timeline' && <JobTimeline job={job} />}
      {tab === 'trace' && <Trace job={job} />}
      {tab === 'logs' && <JobLogs service={service} job={job} />}
      {tab === 'data' && <Data job={job} />}
      {tab === 'tree' && <JobFamily service={service} job={job} />}
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

const Trace = ({ job: { traceId } }: { readonly job: Job }) =>
  traceId ? <Waterfall traceId={traceId} /> : <Empty title="This job has no trace" />;

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
