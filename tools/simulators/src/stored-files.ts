import { createHash, randomUUID } from 'node:crypto';

export type StoredFile = {
  readonly fileId: string;
  readonly name: string;
  readonly filePath: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly versionId: string;
};

type Purge = { readonly path: string; readonly at: number };

/** The provider's disk and its CDN: what was deleted is still served from the cache until its purge is through. */
export class StoredFiles {
  readonly #byId = new Map<string, StoredFile>();
  readonly #cache = new Map<string, StoredFile>();
  readonly #purges = new Map<string, Purge>();
  readonly #purgeMs: number;

  constructor({ purgeMs }: { purgeMs: number }) {
    this.#purgeMs = purgeMs;
  }

  all(): StoredFile[] {
    return [...this.#byId.values()];
  }

  find(fileId: string): StoredFile | undefined {
    return this.#byId.get(fileId);
  }

  /** Overwriting keeps the file's id and makes a new version. */
  put({
    name,
    folder,
    bytes,
    mediaType,
    isUnique,
  }: {
    name: string;
    folder: string;
    bytes: Buffer;
    mediaType: string;
    isUnique: boolean;
  }): StoredFile {
    const ownName = isUnique ? name.replace(/(\.[^.]*)?$/, `_${randomUUID().slice(0, 9)}$1`) : name;
    const filePath = `/${[...folder.split('/'), ownName].filter(Boolean).join('/')}`;
    const earlier = this.all().find((file) => file.filePath === filePath);
    const file: StoredFile = {
      fileId: earlier?.fileId ?? randomUUID().replaceAll('-', '').slice(0, 24),
      name: ownName,
      filePath,
      bytes,
      mediaType,
      versionId: createHash('sha256').update(bytes).digest('hex').slice(0, 24),
    };
    this.#byId.set(file.fileId, file);
    return file;
  }

  delete(fileId: string): boolean {
    return this.#byId.delete(fileId);
  }

  /** What a browser gets: from the cache first, as a CDN does. */
  serve(path: string): StoredFile | undefined {
    this.#finishPurges();
    const file = this.#cache.get(path) ?? this.all().find(({ filePath }) => filePath === path);
    if (file) this.#cache.set(path, file);
    return file;
  }

  requestPurge(path: string): string {
    const requestId = randomUUID().replaceAll('-', '').slice(0, 24);
    this.#purges.set(requestId, { path, at: Date.now() + this.#purgeMs });
    return requestId;
  }

  purgeStatus(requestId: string): 'Pending' | 'Completed' | undefined {
    this.#finishPurges();
    const purge = this.#purges.get(requestId);
    return purge && (purge.at <= Date.now() ? 'Completed' : 'Pending');
  }

  #finishPurges(): void {
    for (const { path, at } of this.#purges.values()) if (at <= Date.now()) this.#cache.delete(path);
  }
}
