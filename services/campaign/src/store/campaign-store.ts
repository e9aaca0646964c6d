import type { Connection } from 'mongoose';
import { assetPurgesIn } from './asset-purges.ts';
import { assetTotalsIn } from './asset-totals.ts';
import { assetsIn } from './assets.ts';
import { campaignDeletionsIn } from './campaign-deletions.ts';
import { campaignMembersIn } from './campaign-members.ts';
import { campaignsIn } from './campaigns.ts';
import { copyRowsIn } from './copy-rows.ts';
import { creationsIn } from './creations.ts';
import { defineEntityModels } from './entities.ts';
import { entityChangesIn } from './entity-changes.ts';
import { entityListsIn } from './entity-lists.ts';
import { poolClaimsIn } from './pool-claims.ts';
import { poolMembersIn } from './pool-members.ts';
import { poolMinutesIn } from './pool-minutes.ts';
import { poolSlotsIn } from './pool-slots.ts';
import { poolsIn } from './pools.ts';
import { providerCallsIn } from './provider-calls.ts';
import { seedingsIn } from './seedings.ts';
import { templateFilesIn } from './template-files.ts';
import { templatesIn } from './templates.ts';

export type CampaignStore = ReturnType<typeof createCampaignStore>;

/**
 * Everything that this service keeps. Defines the models at once; whoever connects builds their indexes.
 * @param urlEndpoint where the image provider serves files, without a trailing slash.
 * @param assetGraceMs how long a file stays after its last reference. Default 24 h.
 */
export function createCampaignStore(
  database: Connection,
  { urlEndpoint, assetGraceMs = 86_400_000 }: { urlEndpoint: string; assetGraceMs?: number },
) {
  defineEntityModels(database);
  const templates = templatesIn(database, { urlEndpoint });
  const members = poolMembersIn(database);
  const creations = creationsIn(database);
  const pools = poolsIn(database);
  return {
    campaigns: campaignsIn(database),
    seedings: seedingsIn(database),
    deletions: campaignDeletionsIn(database),
    membership: campaignMembersIn(database),
    templates,
    pools,
    slots: poolSlotsIn(database),
    members,
    creations,
    claims: poolClaimsIn({ members, templates, pools, creations }),
    minutes: poolMinutesIn(database),
    files: templateFilesIn(database, { urlEndpoint }),
    rows: copyRowsIn(database),
    lists: entityListsIn(database),
    changes: entityChangesIn(database),
    assets: assetsIn(database),
    purges: assetPurgesIn(database, { graceMs: assetGraceMs }),
    assetTotals: assetTotalsIn(database),
    providerCalls: providerCallsIn(database),
  };
}
