import { useEverywhere } from '../api/everywhere.ts';
import type { Job, OfService, Schedule } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { Page } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { EditSchedule } from './edit-schedule.tsx';

/** What happens by the clock. */
export function SchedulesPage() {
  const schedules = useEverywhere<Schedule>('schedules');
  return (
    <Page title="Schedules">
      <EverywhereTable
        of={schedules}
        label="Schedules"
        columns={columns}
        keyOf={({ service, name }) => `${service} ${name}`}
        empty={<Empty title="Nothing is scheduled" />}
      />
    </Page>
  );
}

const columns: readonly Column<OfService<Schedule>>[] = [
  { title: 'Schedule', cell: ({ name, job }) => <span title={job}>{name}</span> },
  { title: 'Service', cell: ({ service }) => service },
  {
    title: 'State',
    cell: ({ paused, orphaned }) => <StateBadge state={orphaned ? 'stale' : paused ? 'paused' : 'running'} />,
  },
  {
    title: 'When',
    cell: ({ cron, timeZone }) => (
      <>
        <code>{cron}</code> <span className="faint">{timeZone}</span>
      </>
    ),
  },
  { title: 'Next', cell: ({ nextAt }) => <Ago at={nextAt} /> },
  {
    title: 'Last',
    cell: ({ service, lastAt, lastJobId }) =>
      lastJobId ? (
        <>
          <Ago at={lastAt} /> <JobLink service={service} id={lastJobId} />
        </>
      ) : (
        <Ago at={lastAt} />
      ),
  },
  {
    title: 'Missed',
    isNumber: true,
    cell: ({ misfires, misfire }) => <span title={`what was missed: ${misfire}`}>{misfires}</span>,
  },
  { title: 'Steer', cell: (schedule) => <Steer of={schedule} /> },
];

function Steer({ of: schedule }: { readonly of: OfService<Schedule> }) {
  const at = `/api/${schedule.service}/schedules/${encodeURIComponent(schedule.name)}`;
  return (
    <div className="actions">
      <DeedButton<{ job: Job }> path={`${at}/run`} said="It runs now.">
        Run now
      </DeedButton>
      {schedule.paused ? (
        <DeedButton path={`${at}/resume`} said="It goes on.">
          Resume
        </DeedButton>
      ) : (
        <DeedButton path={`${at}/pause`} said="It is paused.">
          Pause
        </DeedButton>
      )}
      <EditSchedule service={schedule.service} schedule={schedule} />
    </div>
  );
}
