import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { checkedKey } from './artifact-key.ts';
import { ArtifactMissing, type ArtifactStore } from './artifact-store.ts';

type Place = { readonly bucket: string; readonly prefix: string };

/**
 * Keeps artifacts as objects of a bucket, which has to exist. Region, keys and another address than Amazon's come from the variables that
 * the library reads itself, the same that the engine's reads: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3.
 * @param place.prefix before every key; empty for none.
 */
export function s3Store({ bucket, prefix }: Place): ArtifactStore {
  // A bucket is a part of the path, not of the host's name, wherever that host is not Amazon's.
  const client = new S3Client({ forcePathStyle: true, maxAttempts: 3 });
  const before = prefix ? `${prefix}/` : '';
  const objectOf = (key: string) => ({ Bucket: bucket, Key: before + checkedKey(key) });
  return {
    async put(key, content) {
      // A bucket shows an object once it is whole; what breaks off is given up in parts.
      await new Upload({ client, params: { ...objectOf(key), Body: content } }).done();
    },
    async open(key, { from, to } = {}) {
      const range = from === undefined && to === undefined ? {} : { Range: `bytes=${from ?? 0}-${to ?? ''}` };
      const answer = await client.send(new GetObjectCommand({ ...objectOf(key), ...range })).catch(missing(key));
      return answer.Body as Readable;
    },
    async stat(key) {
      const found = await client.send(new HeadObjectCommand(objectOf(key))).catch(absent);
      return found && { key, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand(objectOf(key)));
    },
    async *list(below) {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `${before}${checkedKey(below)}/` });
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents)
          yield { key: Key.slice(before.length), bytes: Size, modifiedAt: LastModified };
      }
    },
    /** There are no folders. */
    prune: async () => undefined,
    linkTo: (key, seconds, { fileName, mediaType }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({
          ...objectOf(key),
          ResponseContentType: mediaType,
          ResponseContentDisposition: `attachment; filename="${fileName}"`,
        }),
        { expiresIn: seconds },
      ),
  };
}

const isAbsent = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;

function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

const missing = (key: string) => (error: unknown) => {
  throw isAbsent(error) ? new ArtifactMissing(key, { cause: error }) : error;
};
