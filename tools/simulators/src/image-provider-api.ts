import { imageSize } from './image-size.ts';
import type { StoredFile, StoredFiles } from './stored-files.ts';

export type Operation = 'upload' | 'details' | 'delete' | 'bulkDelete' | 'purge' | 'purgeStatus';

export type ApiCall = {
  readonly operation: Operation;
  readonly pathname: string;
  readonly body: Buffer;
  readonly contentType: string;
  /** Where this server is reached. */
  readonly url: string;
};

type Answer = { readonly status: number; readonly body: unknown };

/** How many files one bulk delete may name. */
const bulkLimit = 100;

const routes: readonly (readonly [method: string, path: RegExp, operation: Operation])[] = [
  ['POST', /^\/api\/v[12]\/files\/upload$/, 'upload'],
  ['POST', /^\/v1\/files\/batch\/deleteByFileIds$/, 'bulkDelete'],
  ['POST', /^\/v1\/files\/purge$/, 'purge'],
  ['GET', /^\/v1\/files\/purge\/[^/]+$/, 'purgeStatus'],
  ['GET', /^\/v1\/files\/[^/]+\/details$/, 'details'],
  ['DELETE', /^\/v1\/files\/[^/]+$/, 'delete'],
];

/** Undefined for what is no call of the API. */
export const operationOf = (method: string, pathname: string): Operation | undefined =>
  routes.find(([allowed, path]) => allowed === method && path.test(pathname))?.[2];

export async function perform(files: StoredFiles, call: ApiCall): Promise<Answer> {
  const lastPart = call.pathname.split('/').at(-1) ?? '';
  switch (call.operation) {
    case 'upload':
      return upload(files, call);
    case 'details': {
      const file = files.find(call.pathname.split('/').at(-2) ?? '');
      return file ? { status: 200, body: resource(file, call.url) } : notFound;
    }
    case 'delete':
      return files.delete(lastPart) ? { status: 204, body: undefined } : notFound;
    case 'bulkDelete':
      return bulkDelete(files, call);
    case 'purge':
      return purge(files, call);
    case 'purgeStatus': {
      const status = files.purgeStatus(lastPart);
      return status ? { status: 200, body: { status } } : notFound;
    }
  }
}

const notFound: Answer = { status: 404, body: { message: 'The requested file does not exist.' } };
const badRequest = (message: string): Answer => ({ status: 400, body: { message } });

async function upload(files: StoredFiles, { body, contentType, url }: ApiCall): Promise<Answer> {
  const form = await readForm(body, contentType);
  const file = form?.get('file');
  const name = form?.get('fileName');
  if (!form || !file) return badRequest('Missing file parameter for upload');
  if (typeof name !== 'string' || !name) return badRequest('Missing fileName parameter for upload');
  const bytes = typeof file === 'string' ? Buffer.from(file, 'base64') : Buffer.from(await file.arrayBuffer());
  const stored = files.put({
    name,
    folder: String(form.get('folder') ?? '/'),
    bytes,
    mediaType: (typeof file === 'string' ? '' : file.type) || 'application/octet-stream',
    isUnique: form.get('useUniqueFileName') !== 'false',
  });
  return { status: 200, body: resource(stored, url) };
}

async function readForm(body: Buffer, contentType: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData();
  } catch {
    return undefined;
  }
}

/** Names of unknown files spoil the whole call, as they do there: nothing is deleted. */
function bulkDelete(files: StoredFiles, { body }: ApiCall): Answer {
  const { fileIds } = readJson(body);
  if (!Array.isArray(fileIds) || fileIds.length === 0) return badRequest('Missing fileIds parameter');
  if (fileIds.length > bulkLimit) return badRequest(`fileIds can have at most ${bulkLimit} values`);
  const missingFileIds = fileIds.filter((id) => !files.find(String(id)));
  if (missingFileIds.length > 0) {
    return { status: 404, body: { message: 'The requested file(s) does not exist.', missingFileIds } };
  }
  for (const id of fileIds) files.delete(String(id));
  return { status: 200, body: { successfullyDeletedFileIds: fileIds } };
}

function purge(files: StoredFiles, { body }: ApiCall): Answer {
  const { url } = readJson(body);
  if (typeof url !== 'string' || !URL.canParse(url)) return badRequest('Invalid url parameter');
  return { status: 201, body: { requestId: files.requestPurge(new URL(url).pathname) } };
}

function readJson(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const resource = ({ fileId, name, filePath, bytes, mediaType, versionId }: StoredFile, url: string) => ({
  fileId,
  name,
  size: bytes.length,
  versionInfo: { id: versionId, name: 'Version 1' },
  filePath,
  url: `${url}${filePath}`,
  fileType: mediaType.startsWith('image/') ? 'image' : 'non-image',
  ...imageSize(bytes),
  thumbnailUrl: `${url}/tr:n-ik_ml_thumbnail${filePath}`,
  AITags: null,
});
