import { Link } from 'wouter';
import { type Page as Listed, useAnswer } from '../api/answers.ts';
import type { Pool } from '../api/product-shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { numberText, shareText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { PoolBar } from '../ui/pool-bar.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { PoolDeeds } from './pool-deeds.tsx';

/** The pools of ready campaigns. */
export function PoolsPage() {
  const pools = useAnswer<Listed<Pool>>('/api/campaign/pools', { everyMs: 5_000 });
  return (
    <Page title="Pools">
      <Answer of={pools} lines={8}>
        {({ items: all }) =>
          all.length === 0 ? (
            <Empty title="There is no pool" />
          ) : (
            <div className="pools">
              {all.map((pool) => (
                <PoolCard key={pool.id} pool={pool} />
              ))}
            </div>
          )
        }
      </Answer>
    </Page>
  );
}

const PoolCard = ({ pool }: { readonly pool: Pool }) => (
  <section className="card pool-card" aria-label={`${pool.type} pool`}>
    <header className="section-head">
      <h2>
        <Link href={`/pools/${pool.type}`}>{pool.type}</Link> <StateBadge state={pool.status} />
      </h2>
      <PoolDeeds pool={pool} />
    </header>
    <PoolBar pool={pool} />
    <Facts
      of={{
        'Hits, misses in the last hour': `${numberText(pool.metrics.hits)}, ${numberText(pool.metrics.misses)}`,
        'Hit rate': shareText(pool.metrics.hitRate),
        'Claim p95': <Span ms={pool.metrics.claimMs.p95} />,
        'A build takes': <Span ms={pool.metrics.buildMs} />,
        'Oldest member built': <Ago at={pool.oldestReadyAt} />,
        'Empty for': <Span ms={pool.metrics.exhaustionSeconds * 1_000} />,
        [`${capitalized(pool.status)} since`]: <Ago at={pool.levelSince} />,
        'Size that would do': numberText(pool.metrics.recommended.size),
      }}
    />
    <p className="hint pool-why">{capitalized(pool.metrics.recommended.why)}.</p>
  </section>
);

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
