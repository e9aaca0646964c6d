import { z } from 'zod';
import { type CallSettings, callProvider, type ObserveCall, type ProviderRequest } from './provider-call.ts';
import { ProviderRefused } from './provider-errors.ts';

export type ProviderFile = {
  readonly fileId: string;
  readonly filePath: string;
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
};

export type ImageProvider = ReturnType<typeof createImageProvider>;

type Options = Pick<CallSettings, 'privateKey' | 'log'> & {
  /** Without a trailing slash. The provider's own API has a host of its own for uploads; any other serves both. */
  readonly apiUrl: string;
  readonly observe?: ObserveCall;
} & Partial<Pick<CallSettings, 'timeoutMs' | 'tries' | 'backoffMs' | 'patienceMs'>>;

const ownApi = 'https://api.imagekit.io';
const ownUploads = 'https://upload.imagekit.io';

/** What one bulk delete may name, says the provider. */
const filesPerDelete = 100;

/**
 * An ImageKit-compatible image provider. Defaults: 15 s a try, 4 tries, 250 ms before the second, and at most 10 s of Retry-After.
 * All operations are safe to repeat: an upload writes to a path that its content decides, a deletion of what is gone counts as done.
 */
export function createImageProvider({ apiUrl, observe = () => undefined, ...given }: Options) {
  const settings: CallSettings = { timeoutMs: 15_000, tries: 4, backoffMs: 250, patienceMs: 10_000, ...given, observe };
  const uploadUrl = `${apiUrl === ownApi ? ownUploads : apiUrl}/api/v1/files/upload`;
  const call = (request: ProviderRequest) => callProvider(request, settings);

  return {
    /** Stores bytes under a path, replacing what is there: a try that was thought lost leaves no second file. */
    async upload(
      file: { bytes: Buffer; fileName: string; folder: string; mediaType: string },
      signal?: AbortSignal,
    ): Promise<ProviderFile> {
      const body = () => ({ content: uploadForm(file) });
      return providerFile.parse(await call({ operation: 'upload', method: 'POST', url: uploadUrl, body, signal }));
    },

    /** Deletes one file with all its versions. One that is not there counts as deleted. */
    async delete(fileId: string, signal?: AbortSignal): Promise<void> {
      const request = {
        operation: 'delete',
        method: 'DELETE',
        url: `${apiUrl}/v1/files/${encodeURIComponent(fileId)}`,
        signal,
      } as const;
      await unless404(call(request));
    },

    /** Deletes up to 100 files. Those that are not there count as deleted. @throws RangeError for more. */
    async deleteAll(fileIds: readonly string[], signal?: AbortSignal): Promise<void> {
      if (fileIds.length > filesPerDelete) {
        throw new RangeError(
          `image provider: bulk delete of ${fileIds.length} files, at most ${filesPerDelete} are allowed; split the list`,
        );
      }
      if (fileIds.length === 0) return;
      const missing = await unless404(
        call({
          operation: 'bulkDelete',
          method: 'POST',
          url: `${apiUrl}/v1/files/batch/deleteByFileIds`,
          body: json({ fileIds }),
          signal,
        }),
      );
      if (!missing) return;
      // One unknown file spoils the whole call, so the others are asked for again.
      const gone = new Set(z.array(z.string()).catch([]).parse(missing.body['missingFileIds']));
      const left = fileIds.filter((id) => !gone.has(id));
      if (left.length === fileIds.length) throw missing;
      await this.deleteAll(left, signal);
    },

    /** Asks the CDN to forget a URL: deleting a file alone leaves it in the cache. @returns the request's id. */
    async purge(url: string, signal?: AbortSignal): Promise<string> {
      const answer = await call({
        operation: 'purge',
        method: 'POST',
        url: `${apiUrl}/v1/files/purge`,
        body: json({ url }),
        signal,
      });
      return z.object({ requestId: z.string().min(1) }).parse(answer).requestId;
    },

    /** Whether the CDN has forgotten. A request that the provider no longer knows is long over. */
    async isPurged(requestId: string, signal?: AbortSignal): Promise<boolean> {
      const request = {
        operation: 'purgeStatus',
        method: 'GET',
        url: `${apiUrl}/v1/files/purge/${encodeURIComponent(requestId)}`,
        signal,
      } as const;
      let isCompleted = true;
      await unless404(
        call(request).then((answer) => {
          isCompleted = answer['status'] === 'Completed';
        }),
      );
      return isCompleted;
    },
  };
}

const providerFile = z.object({
  fileId: z.string().min(1),
  filePath: z.string().min(1),
  url: z.url(),
  width: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
  height: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
});

function uploadForm({
  bytes,
  fileName,
  folder,
  mediaType,
}: {
  bytes: Buffer;
  fileName: string;
  folder: string;
  mediaType: string;
}): FormData {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)], { type: mediaType }), fileName);
  form.set('fileName', fileName);
  form.set('folder', folder);
  form.set('useUniqueFileName', 'false');
  form.set('overwriteFile', 'true');
  return form;
}

const json = (content: object) => () => ({ content: JSON.stringify(content), contentType: 'application/json' });

/** The refusal, when it says that something is not there. */
async function unless404(answer: Promise<unknown>): Promise<ProviderRefused | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    if (error instanceof ProviderRefused && error.status === 404) return error;
    throw error;
  }
}
