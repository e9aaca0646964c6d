import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Pool } from '../api/product-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { PoolBar } from '../ui/pool-bar.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { PoolDeeds } from './pool-deeds.tsx';
import { PoolDemand } from './pool-demand.tsx';
import { PoolMembers } from './pool-members.tsx';

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
          <PoolDemand type={found.type} />
          <PoolMembers type={found.type} />
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
