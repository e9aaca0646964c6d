import { isDuplicateKey } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, Model, QueryFilter, UpdateQuery } from 'mongoose';
import type { ReferenceRow } from '../domain/campaign-copy.ts';
import { referenceIdOf } from '../domain/ids.ts';
import { referenceModel } from './asset-references.ts';

/**
 * A file at the image provider. Its id derives from its content (or its path, when it came with a template).
 * `uploading` → `stored` → `purging` → `deleting` → `purged`, and from there `uploading` again. `purging` can still be taken back
 * by a new reference; `deleting` cannot: the provider may have deleted the file already.
 */
type AssetState = 'uploading' | 'stored' | 'purging' | 'deleting' | 'purged';

export type Asset = {
  readonly _id: string;
  readonly source: 'template' | 'upload';
  readonly fileId: string | null;
  readonly filePath: string;
  readonly url: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly state: AssetState;
  /** Since when nothing refers to it; null while something does, or nobody has looked. */
  readonly unreferencedAt: Date | null;
  /** Who uploads it, and until when nobody else may. */
  readonly upload: { readonly token: string; readonly until: Date } | null;
  /** The CDN purge that was asked for. */
  readonly purgeRequestId: string | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type Assets = ReturnType<typeof assetsIn>;

export type UploadedFile = Pick<Asset, 'fileId' | 'filePath' | 'url' | 'width' | 'height'>;

export const assetModel = (database: Connection): Model<Asset> =>
  modelOf<Asset>(database, 'assets', [[{ state: 1, unreferencedAt: 1 }]]);

/** Files and who refers to them, on the way in. The way out is in `asset-purges.ts`. */
export function assetsIn(database: Connection) {
  const model = assetModel(database);
  const references = referenceModel(database);

  const change = async (filter: QueryFilter<Asset>, $set: Partial<Asset>, session: ClientSession | null = null) => {
    const update = { $set: { ...$set, updatedAt: new Date() }, $inc: { revision: 1 } } as UpdateQuery<Asset>;
    return model.findOneAndUpdate(filter, update, { returnDocument: 'after', session }).lean<Asset>().exec();
  };

  return {
    find: (id: string): Promise<Asset | null> => model.findById(id).lean<Asset>().exec(),

    /**
     * Asks to upload a file that is not stored. @returns whether this token may upload now;
     * false while another one does, while the old file is being deleted, and when it is stored already.
     */
    async claimUpload(
      asset: Pick<Asset, '_id' | 'mediaType' | 'bytes'>,
      upload: { token: string; until: Date },
    ): Promise<boolean> {
      const { _id, ...fields } = asset;
      const again = await change(
        {
          _id,
          $or: [{ state: 'purged' }, { state: 'uploading', 'upload.until': { $lt: new Date() } }],
        } as QueryFilter<Asset>,
        { ...fields, state: 'uploading', upload, purgeRequestId: null, unreferencedAt: null },
      );
      return again !== null || insertNew(model, asset, upload);
    },

    /** Null when the claim was lost meanwhile. A file that nobody refers to in the end is purged like any other. */
    finishUpload: (id: string, token: string, file: UploadedFile): Promise<Asset | null> =>
      change({ _id: id, state: 'uploading', 'upload.token': token } as QueryFilter<Asset>, {
        ...file,
        state: 'stored',
        upload: null,
        unreferencedAt: new Date(),
      }),

    /** Lets another request upload it at once. */
    async giveUpUpload(id: string, token: string): Promise<void> {
      await change({ _id: id, state: 'uploading', 'upload.token': token } as QueryFilter<Asset>, {
        upload: { token, until: new Date(0) },
      });
    },

    /**
     * Makes a reference, inside the transaction that makes the entity show the file. A purge that has only been announced is taken back:
     * both sides change the asset itself, so one of them comes first. @returns null when the file is gone or going.
     */
    async refer(reference: ReferenceRow, session: ClientSession): Promise<Asset | null> {
      const stored = { _id: reference.assetId, state: { $in: ['stored', 'purging'] } } as QueryFilter<Asset>;
      const asset = await change(stored, { state: 'stored', unreferencedAt: null }, session);
      if (!asset) return null;
      const { _id, ...fields } = reference;
      await references.updateOne({ _id }, { $set: fields }, { upsert: true, session });
      return asset;
    },

    /** Ends a reference, inside the transaction that ends its use. The row stays, so that no late rerun of a seeding revives it. */
    async unrefer(entityId: string, assetId: string | null, session: ClientSession): Promise<void> {
      if (assetId)
        await references.updateOne({ _id: referenceIdOf(entityId, assetId) }, { $set: { isLive: false } }, { session });
    },
  };
}

async function insertNew(
  model: Model<Asset>,
  asset: Pick<Asset, '_id' | 'mediaType' | 'bytes'>,
  upload: Asset['upload'],
): Promise<boolean> {
  const at = new Date();
  const row: Asset = {
    ...asset,
    source: 'upload',
    fileId: null,
    filePath: '',
    url: '',
    width: null,
    height: null,
    state: 'uploading',
    unreferencedAt: null,
    upload,
    purgeRequestId: null,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
  try {
    await model.collection.insertOne(row as never);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
