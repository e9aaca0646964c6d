import { modelOf } from '@millrace/service/model';
import type { Connection, Model } from 'mongoose';
import type { ReferenceRow } from '../domain/campaign-copy.ts';

/** Which entity shows which file. A removed reference stays as a row that is not live, so that no late rerun brings it back. */
export const referenceModel = (database: Connection): Model<ReferenceRow> =>
  modelOf<ReferenceRow>(database, 'asset_refs', [[{ assetId: 1, isLive: 1 }], [{ seedingId: 1 }]]);
