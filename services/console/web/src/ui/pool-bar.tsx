import type { Pool } from '../api/product-shapes.ts';

/** What is ready and what is being built, on the way to target and max. */
export function PoolBar({ pool: { counts, policy, type } }: { readonly pool: Pool }) {
  const whole = Math.max(policy.max, counts.ready + counts.building, 1);
  const share = (count: number) => `${(count / whole) * 100}%`;
  const text = `${counts.ready} ready, ${counts.building} being built; min ${policy.min}, target ${policy.target}, max ${policy.max}`;
  return (
    <div>
      <div className="pool-bar" role="img" aria-label={`${type} pool: ${text}`}>
        <span className="pool-ready" style={{ width: share(counts.ready) }} />
        <span className="pool-building" style={{ width: share(counts.building) }} />
        <span className="pool-mark" style={{ insetInlineStart: share(policy.target) }} />
        <span className="pool-mark pool-mark-low" style={{ insetInlineStart: share(policy.low) }} />
      </div>
      <p className="hint">
        {text}
        {counts.stale > 0 && `; ${counts.stale} stale`}
      </p>
    </div>
  );
}
