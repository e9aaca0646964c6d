import { useAnswer } from '../api/answers.ts';
import type { Job, JobTree } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

type Of = { readonly service: string; readonly job: Job };

type Node = JobTree['nodes'][number];

/** What the job comes from, and what has come of it. */
export function JobFamily({ service, job }: Of) {
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
