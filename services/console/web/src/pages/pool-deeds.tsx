import type { Pool } from '../api/product-shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';
import { EditPolicy } from './edit-policy.tsx';

/** What can be done with a pool. */
export function PoolDeeds({ pool }: { readonly pool: Pool }) {
  const { type, counts, policy } = pool;
  const at = `/api/campaign/pools/${type}`;
  return (
    <div className="actions">
      <DeedButton
        name="refill"
        path={`${at}/refill`}
        said="Builds are under way."
        refusedBecause={policy.paused ? 'It is paused.' : undefined}
      >
        Refill
      </DeedButton>
      <DeedButton
        path={`${at}/rebuild-stale`}
        said="Stale members are built anew."
        refusedBecause={counts.stale === 0 ? 'None is stale.' : undefined}
      >
        Rebuild stale
      </DeedButton>
      {policy.paused ? (
        <DeedButton path={`${at}/resume`} said="It is filled again.">
          Resume
        </DeedButton>
      ) : (
        <DeedButton path={`${at}/pause`} said="It is not filled any more; what is ready is given away.">
          Pause
        </DeedButton>
      )}
      <DeedButton
        path={`${at}/drain`}
        kind="danger"
        said="Its members are thrown away."
        confirm={{
          title: `Drain the ${type} pool`,
          text: `${counts.ready} ready members are thrown away. Until it is refilled, whoever creates a campaign waits for its seeding.`,
          typed: type,
        }}
      >
        Drain
      </DeedButton>
      <EditPolicy pool={pool} />
    </div>
  );
}
