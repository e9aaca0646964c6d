import type { Readable } from 'node:stream';

/** A stored file as a listing shows it. */
export type StoredArtifact = { readonly key: string; readonly bytes: number; readonly modifiedAt: Date };

/** Files under keys such as `projects/<id>/images/<sha256>.png`; services and the mesh engine share one, each below a prefix of its own. */
export type ArtifactStore = {
  /** Stores a file whole or not at all, in place of one that is there. @throws the source's error, or Error for a bad key. */
  put(key: string, content: Readable): Promise<void>;
  /** The file's content from `from` to `to`, both included. @throws ArtifactMissing. */
  open(key: string, range?: { from?: number; to?: number }): Promise<Readable>;
  /** Undefined when there is none. */
  stat(key: string): Promise<StoredArtifact | undefined>;
  /** Deletes a file; one that is not there is deleted already. */
  remove(key: string): Promise<void>;
  /** Everything below a prefix, in no particular order, also what is being written (`….part`). */
  list(prefix: string): AsyncIterable<StoredArtifact>;
  /** Removes folders below a prefix that are empty and untouched since a time; where there are no folders, nothing. */
  prune(prefix: string, untouchedSince: Date): Promise<void>;
  /** An address at which a browser gets the file from the store itself, for so long; where the store has none, files go through the service. */
  linkTo?(key: string, seconds: number, as: { fileName: string; mediaType: string }): Promise<string>;
};

/** No such file. */
export class ArtifactMissing extends Error {
  override readonly name = 'ArtifactMissing';
  constructor(key: string, options?: ErrorOptions) {
    super(`there is no artifact ${key}`, options);
  }
}
