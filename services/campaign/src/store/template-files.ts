import type { Connection } from 'mongoose';
import type { ReferenceRow } from '../domain/campaign-copy.ts';
import { assetIdOf, referenceIdOf } from '../domain/ids.ts';
import type { TemplateImage } from '../domain/template.ts';
import { referenceModel } from './asset-references.ts';
import { type Asset, assetModel } from './assets.ts';
import { insertMissing } from './insert-missing.ts';

/** A file that a copy may refer to. */
export type FileLink = { readonly assetId: string; readonly url: string };

export type TemplateFiles = ReturnType<typeof templateFilesIn>;

/** The files of templates: they lie at the provider already, so nothing is uploaded for them or for any copy. */
export function templateFilesIn(database: Connection, { urlEndpoint }: { urlEndpoint: string }) {
  const assets = assetModel(database);
  const references = referenceModel(database);
  return {
    /** Registers a template's files with a reference of the template's own: what a copy may refer to is never purged. */
    async keep(images: readonly TemplateImage[], hash: string): Promise<void> {
      const at = new Date();
      await insertMissing(
        references,
        images.map((image) => ownReference(image, hash, at)),
      );
      await insertMissing(
        assets,
        images.map((image) => templateAsset(image, urlEndpoint, at)),
      );
    },

    /** Where these images lie. They are stored as long as a template shows them, so nobody has to look. */
    links: (images: readonly TemplateImage[]): Map<string, FileLink> =>
      new Map(
        images.map(({ sourceId, filePath }) => [
          sourceId,
          { assetId: assetIdOf(filePath), url: `${urlEndpoint}${filePath}` },
        ]),
      ),
  };
}

function ownReference({ filePath }: TemplateImage, hash: string, at: Date): ReferenceRow {
  const assetId = assetIdOf(filePath);
  return {
    _id: referenceIdOf(hash, assetId),
    assetId,
    entityId: hash,
    kind: 'templates',
    campaignId: null,
    seedingId: null,
    isLive: true,
    createdAt: at,
  };
}

function templateAsset({ filePath, bytes, width, height }: TemplateImage, urlEndpoint: string, at: Date): Asset {
  return {
    _id: assetIdOf(filePath),
    source: 'template',
    fileId: null,
    filePath,
    url: `${urlEndpoint}${filePath}`,
    mediaType: 'image/png',
    bytes,
    width,
    height,
    state: 'stored',
    unreferencedAt: null,
    upload: null,
    purgeRequestId: null,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
}
