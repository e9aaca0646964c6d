import type { Connection } from 'mongoose';
import { assetsIn } from './assets.ts';
import { campaignsIn } from './campaigns.ts';
import { copyRowsIn } from './copy-rows.ts';
import { seedingsIn } from './seedings.ts';
import { templateFilesIn } from './template-files.ts';
import { templatesIn } from './templates.ts';

export type CampaignStore = ReturnType<typeof createCampaignStore>;

/**
 * Everything that this service keeps. Defines the models at once; whoever connects builds their indexes.
 * @param urlEndpoint where the image provider serves files, without a trailing slash.
 */
export function createCampaignStore(database: Connection, { urlEndpoint }: { urlEndpoint: string }) {
  return {
    campaigns: campaignsIn(database),
    seedings: seedingsIn(database),
    templates: templatesIn(database, { urlEndpoint }),
    files: templateFilesIn(database, { urlEndpoint }),
    rows: copyRowsIn(database),
    assets: assetsIn(database),
  };
}
