import { Link, useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import type { Operation } from '../api/shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

type Of = { readonly service: string; readonly operation: Operation };

/** One deed on many jobs: how far it is, what it could not do, and the way back to what it was asked of. */
export function OperationPage() {
  const { service = '', id = '' } = useParams();
  const operation = useAnswer<Operation>(`/api/${service}/operations/${id}`, { everyMs: 2_000 });
  return (
    <Answer of={operation} lines={8}>
      {(found) => <Shown service={service} operation={found} />}
    </Answer>
  );
}

const Shown = ({ service, operation }: Of) => (
  <Page
    title={`${operation.kind} in ${service}`}
    aside={<StateBadge state={operation.state} />}
    from={{ href: '/operations', text: 'Operations' }}
    actions={
      <>
        <Link href={listOf(service, operation)} className="button">
          What it was asked of
        </Link>
        <CancelOperation service={service} operation={operation} />
      </>
    }
  >
    {operation.error && <p className="bad-text">{operation.error}</p>}
    <div className="card">
      <OperationFacts of={operation} />
    </div>
    <Section title="What could not be done">
      <Table
        label="What could not be done"
        columns={columnsOf(service)}
        rows={operation.problems}
        keyOf={({ id }) => id}
        empty={<Empty title="Nothing so far">Of what is refused, the last twenty show here with the reason.</Empty>}
      />
    </Section>
  </Page>
);

const OperationFacts = ({ of }: { readonly of: Operation }) => (
  <Facts
    of={{
      Progress: <Meter share={of.progress} label={`Progress of ${of.kind}`} />,
      Done: `${numberText(of.done)} of ${numberText(of.total)}`,
      Skipped: numberText(of.skipped),
      Failed: numberText(of.failed),
      'At most a second': of.rate === null ? undefined : numberText(of.rate),
      Filter: <code>{JSON.stringify(of.filter)}</code>,
      By: of.createdBy ?? undefined,
      Begun: <Ago at={of.createdAt} />,
      Ended: <Ago at={of.endedAt} />,
    }}
  />
);

export const CancelOperation = ({ service, operation: { id, state } }: Of) => (
  <DeedButton
    path={`/api/${service}/operations/${id}/cancel`}
    said="It stops."
    refusedBecause={state === 'running' ? undefined : `It has ended: ${state}.`}
  >
    Cancel
  </DeedButton>
);

/** The list as its filter finds it now. */
function listOf(service: string, { kind, filter }: Operation): string {
  if (kind !== 'replay') return address('/jobs', { service, ...filter });
  return filter['fingerprint'] ? `/dead-letters/${service}/${filter['fingerprint']}` : '/dead-letters';
}

const columnsOf = (service: string): readonly Column<Operation['problems'][number]>[] => [
  { title: 'Job', cell: ({ id }) => <JobLink service={service} id={id} /> },
  { title: 'Code', cell: ({ code }) => code },
  { title: 'Says', cell: ({ detail }) => detail },
];
