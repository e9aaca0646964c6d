import { Link, useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Delivery } from '../api/notice-shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Facts, Page, Section } from '../ui/page.tsx';
import { TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';

/** One message on its way: each attempt and what the other side said. */
export function DeliveryPage() {
  const { id = '' } = useParams();
  const delivery = useAnswer<Delivery>(`/api/notifications/deliveries/${id}`);
  return (
    <Answer of={delivery} lines={8}>
      {(found) => (
        <Page
          title={found.title}
          aside={<StateBadge state={found.state} />}
          from={{ href: '/deliveries', text: 'Deliveries' }}
          actions={
            <DeedButton path={`/api/notifications/deliveries/${found.id}/resend`} said="It is sent again.">
              Send again
            </DeedButton>
          }
        >
          <div className="card">
            <p className="lead">{found.body}</p>
            <Facts
              of={{
                Channel: found.channel,
                To: found.to,
                Recipient: found.recipient,
                Kind: found.kind,
                Event: found.type,
                'Leads to': found.link ? <Link href={found.link}>{found.link}</Link> : undefined,
                Why: found.why,
                'Not sent because': found.reason ?? undefined,
                'Sent again without knowing': found.repeats > 0 ? found.repeats : undefined,
                Trace: <TraceLink id={found.traceId} />,
                Created: <Ago at={found.createdAt} />,
              }}
            />
          </div>
          <Section title="Attempts">
            <Table
              label="Attempts"
              columns={attemptColumns}
              rows={found.attempts}
              keyOf={({ at }) => at}
              empty={
                found.channel === 'inbox' ? (
                  <Empty title="None is needed">The inbox is kept here: what is written down has arrived.</Empty>
                ) : (
                  <Empty title="Not tried yet" />
                )
              }
            />
          </Section>
          <Section title="States">
            <Table
              label="States"
              columns={stateColumns}
              rows={found.timeline}
              keyOf={({ at, state }) => `${at} ${state}`}
              empty={<Empty title="Nothing yet" />}
            />
          </Section>
        </Page>
      )}
    </Answer>
  );
}

const attemptColumns: readonly Column<Delivery['attempts'][number]>[] = [
  { title: 'When', cell: ({ at }) => <Ago at={at} /> },
  { title: 'Verdict', cell: ({ verdict }) => verdict },
  { title: 'Status', isNumber: true, cell: ({ status }) => status ?? '–' },
  { title: 'Took', isNumber: true, cell: ({ tookMs }) => <Span ms={tookMs} /> },
  {
    title: 'Answer',
    cell: ({ answer }) => <Clip text={answer ?? ''} />,
  },
];

const stateColumns: readonly Column<Delivery['timeline'][number]>[] = [
  { title: 'When', cell: ({ at }) => <Ago at={at} /> },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Because', cell: ({ reason }) => reason ?? '' },
];
