import { serviceNames } from '../../../src/domain/service-name.ts';
import { useEverywhere } from '../api/everywhere.ts';
import type { OfService, Worker } from '../api/shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { FilterChoice } from '../ui/filter.tsx';
import { Page } from '../ui/page.tsx';
import { JobLink, shortId } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** Every process that performs jobs. */
export function WorkersPage() {
  const { service } = useFilter((name) => name === 'service');
  const workers = useEverywhere<Worker>('workers');
  return (
    <Page title="Workers" actions={<FilterChoice name="service" label="Service" of={serviceNames} />}>
      <EverywhereTable
        of={workers}
        label="Workers"
        columns={columns}
        rowsOf={(items) => items.filter((worker) => service === undefined || worker.service === service)}
        keyOf={({ service: of, id }) => `${of} ${id}`}
        empty={<Empty title="No worker is there">Jobs wait, and nothing of them is lost.</Empty>}
      />
    </Page>
  );
}

const columns: readonly Column<OfService<Worker>>[] = [
  {
    title: 'Worker',
    cell: ({ id }) => (
      <span className="mono" title={id}>
        {shortId(id)}
      </span>
    ),
  },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Busy', isNumber: true, cell: ({ running, slots }) => `${running.length} / ${slots}` },
  { title: 'Runs', cell: (worker) => <Runs of={worker} /> },
  {
    title: 'Queues',
    cell: ({ queues }) => <Clip text={queues.join(', ')} />,
  },
  { title: 'Host', cell: ({ host, pid }) => <span title={`process ${pid}`}>{host}</span> },
  { title: 'Version', cell: ({ version }) => version },
  { title: 'Heard', cell: ({ heartbeatAt }) => <Ago at={heartbeatAt} /> },
  { title: 'Since', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Steer', cell: (worker) => <Steer of={worker} /> },
];

const Runs = ({ of: { service, running } }: { readonly of: OfService<Worker> }) => (
  <>
    {running.slice(0, 3).map((id) => (
      <JobLink key={id} service={service} id={id} />
    ))}
    {running.length > 3 && ` and ${running.length - 3} more`}
  </>
);

function Steer({ of: { service, id, state } }: { readonly of: OfService<Worker> }) {
  const at = `/api/${service}/workers/${encodeURIComponent(id)}`;
  const gone = state === 'silent' ? 'It is not heard any more.' : undefined;
  return (
    <div className="actions">
      <DeedButton
        path={`${at}/quiet`}
        said="It takes nothing new."
        refusedBecause={gone ?? (state === 'quiet' ? 'It is quiet already.' : undefined)}
      >
        Quiet
      </DeedButton>
      <DeedButton
        path={`${at}/stop`}
        kind="danger"
        said="It finishes what it has and ends."
        refusedBecause={gone}
        confirm={{
          title: 'Stop this worker',
          text: 'It finishes what it runs, as far as its time allows, and ends. Whoever keeps it alive may start it again.',
        }}
      >
        Stop
      </DeedButton>
    </div>
  );
}
