import { useParams } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import type { Campaign, Pool, PoolMetrics } from '../api/product-shapes.ts';
import { address } from '../api/request.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import type { Mark } from '../ui/chart-plot.ts';
import { WholeRange } from '../ui/chart-range.tsx';
import { Choice } from '../ui/field.tsx';
import { numberText, shareText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { PoolBar } from '../ui/pool-bar.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { TimeChart } from '../ui/time-chart.tsx';
import { PoolDeeds } from './pool-deeds.tsx';
import { useVersionMarks } from './version-marks.ts';

/** One pool: its level, its demand over time, its members with both their ages. */
export function PoolPage() {
  const { type = '' } = useParams();
  const pool = useAnswer<Pool>(`/api/campaign/pools/${type}`, { everyMs: 5_000 });
  return (
    <Answer of={pool} lines={10}>
      {(found) => (
        <Page
          title={`${found.type} pool`}
          aside={<StateBadge state={found.status} />}
          from={{ href: '/pools', text: 'Pools' }}
          actions={<PoolDeeds pool={found} />}
        >
          <div className="card">
            <PoolBar pool={found} />
          </div>
          <Rollout pool={found} />
          <Demand type={found.type} />
          <Members type={found.type} />
        </Page>
      )}
    </Answer>
  );
}

const Rollout = ({ pool: { rollout, policy } }: { readonly pool: Pool }) => (
  <Section title="Template">
    <div className="card">
      <Facts
        of={{
          'In use': rollout.templateVersion === null ? '–' : `version ${rollout.templateVersion}`,
          'Up to date': numberText(rollout.updated),
          'Of older versions': numberText(rollout.outdated),
          'After a new one': policy.update === 'recreate' ? 'all are built anew' : 'members change as they are claimed',
        }}
      />
    </div>
  </Section>
);

type Metrics = PoolMetrics & {
  readonly points: readonly {
    readonly at: string;
    readonly hits: number;
    readonly misses: number;
    readonly ready: number | null;
    readonly building: number | null;
  }[];
};

function Demand({ type }: { readonly type: string }) {
  const url = useUrlState();
  const hours = Number(url.get('hours') || 1);
  const from = new Date((Math.floor(Date.now() / 60_000) - hours * 60) * 60_000).toISOString();
  const metrics = useAnswer<Metrics>(address(`/api/campaign/pools/${type}/metrics`, { from }), { everyMs: 30_000 });
  const marks = useVersionMarks('campaign', from);
  return (
    <Section
      title="Demand"
      actions={
        <>
          <WholeRange />
          <Choice
            label="Show"
            value={String(hours)}
            onChange={(value) => url.set({ hours: value, part: null })}
            of={[
              ['1', 'the last hour'],
              ['6', 'the last 6 hours'],
              ['24', 'the last day'],
            ]}
          />
        </>
      }
    >
      <Answer of={metrics} lines={6}>
        {(found) => <Charts of={found} marks={marks} />}
      </Answer>
    </Section>
  );
}

const Charts = ({ of, marks }: { readonly of: Metrics; readonly marks: readonly Mark[] }) => (
  <>
    <div className="card">
      <Facts
        of={{
          'Hit rate': shareText(of.hitRate),
          'Claim p50, p95, p99': (
            <>
              <Span ms={of.claimMs.p50} />, <Span ms={of.claimMs.p95} />, <Span ms={of.claimMs.p99} />
            </>
          ),
          Built: numberText(of.builds),
          'A build takes': <Span ms={of.buildMs} />,
          'From claim to refill': <Span ms={of.refillLagMs} />,
          Wasted: numberText(of.wasted),
          'Empty for': <Span ms={of.exhaustionSeconds * 1_000} />,
        }}
      />
    </div>
    <div className="charts">
      <figure className="card chart-card">
        <figcaption>Claims: at once, and not</figcaption>
        <TimeChart
          label="Claims over time"
          times={of.points.map(({ at }) => at)}
          marks={marks}
          lines={[
            { name: 'hits', tone: 'good', values: of.points.map(({ hits }) => hits) },
            { name: 'misses', tone: 'bad', values: of.points.map(({ misses }) => misses) },
          ]}
        />
      </figure>
      <figure className="card chart-card">
        <figcaption>Members</figcaption>
        <TimeChart
          label="Members over time"
          times={of.points.map(({ at }) => at)}
          marks={marks}
          lines={[
            { name: 'ready', tone: 'accent', values: of.points.map(({ ready }) => ready) },
            { name: 'building', tone: 'warn', values: of.points.map(({ building }) => building) },
          ]}
        />
      </figure>
    </div>
  </>
);

function Members({ type }: { readonly type: string }) {
  const members = usePages<Campaign>(`/api/campaign/pools/${type}/members`);
  return (
    <Section title="Members">
      <Answer of={members} lines={6}>
        {(rows) => (
          <Table
            label="Members"
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="The pool is empty" />}
            more={members}
          />
        )}
      </Answer>
    </Section>
  );
}

const columns: readonly Column<Campaign>[] = [
  { title: 'Member', cell: ({ id }) => <ResourceLink href={`/campaigns/${id}`} id={id} /> },
  { title: 'State', cell: ({ poolStatus }) => <StateBadge state={poolStatus ?? 'unknown'} /> },
  {
    title: 'Template',
    isNumber: true,
    cell: ({ templateVersion }) => (templateVersion === null ? '–' : `v${templateVersion}`),
  },
  { title: 'Built', cell: ({ poolCreatedAt }) => <Ago at={poolCreatedAt} /> },
  { title: 'Given away', cell: ({ activatedAt }) => <Ago at={activatedAt} /> },
  { title: 'Owner', cell: ({ ownerId }) => ownerId ?? '–' },
];
