import { usePages } from '../api/answers.ts';
import type { Job, LogLine } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import type { Column } from '../ui/table.tsx';
import { clockTime } from '../ui/time.tsx';

type Of = { readonly service: string; readonly job: Job };

/** What the job has written, oldest first. */
export function JobLogs({ service, job }: Of) {
  const lines = usePages<LogLine>(`/api/${service}/jobs/${job.id}/logs`);
  return (
    <PagedTable
      of={lines}
      label="Log lines"
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Empty title="It has written no line" />}
      lines={4}
    />
  );
}

const columns: readonly Column<LogLine>[] = [
  { title: 'Time', cell: ({ at }) => <span className="number">{clockTime(new Date(at))}</span> },
  { title: 'Attempt', isNumber: true, cell: ({ attempt }) => attempt },
  { title: 'Level', cell: ({ level }) => <span className={level === 'error' ? 'bad-text' : undefined}>{level}</span> },
  { title: 'Line', cell: ({ message }) => message },
  {
    title: 'Fields',
    cell: ({ fields }) => (Object.keys(fields).length > 0 ? <Clip text={JSON.stringify(fields)} kind="mono" /> : ''),
  },
];
