import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { Request, RequestHandler, Response } from 'express';
import { findUnsafe } from './input-guard.ts';
import { invalidInput, type Problem, problem } from './problem.ts';
import { ReceivedFile } from './received-file.ts';

/** What a route takes as `multipart/form-data`: files only, each of at most `limitBytes`. */
export type FilesBody = { readonly limitBytes: number; readonly atMost: number };

/**
 * Receives the files of a request one after the other into a folder of its own, however large they are, a chunk in memory at a time;
 * they are in `request.body` then, and deleted when the answer is through. @param under where that folder is made.
 */
export function filesReader(files: FilesBody, under = tmpdir()): RequestHandler {
  return async (request, response, next) => {
    if (!request.is('multipart/form-data')) return next(notMultipart(request));
    const folder = await mkdtemp(join(under, 'millrace-received-'));
    if (response.closed) return forget(folder);
    response.once('close', () => void forget(folder));
    try {
      request.body = await receive(request, folder, files);
      next(unsafeNames(request.body));
    } catch (error) {
      await letGo(request, response);
      next(error);
    }
  };
}

/** A file may still be opened in it while it is being emptied. */
const forget = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });

const notMultipart = (request: Request): Problem =>
  problem('unsupported-media-type', {
    type: request.get('content-type') ?? 'untyped',
    expected: 'multipart/form-data with a file in it',
  });

/** @throws Problem for what is no multipart, no file, or too large. */
async function receive(request: Request, folder: string, { limitBytes, atMost }: FilesBody): Promise<ReceivedFile[]> {
  const form = formReader(request, { limitBytes, atMost });
  const stored: Promise<ReceivedFile>[] = [];
  const refused = Promise.withResolvers<never>();
  const refuse = (error: unknown) => refused.reject(error);
  form.on('file', (field, content, name) => {
    const file = store(content, join(folder, `${stored.length}`), { field, name: name ?? '' }, limitBytes);
    file.catch(refuse);
    stored.push(file);
  });
  form.on('field', (field) => refuse(notFile(field)));
  form.on('filesLimit', () => refuse(invalidInput([{ path: 'body', message: `holds more than ${atMost} files` }])));
  form.on('partsLimit', () => refuse(invalidInput([{ path: 'body', message: 'holds too many parts' }])));
  await Promise.race([readThrough(request, form), refused.promise]);
  const received = await Promise.race([Promise.all(stored), refused.promise]);
  if (received.length === 0) throw invalidInput([{ path: 'body', message: 'holds no file' }]);
  return received;
}

/** Piped by hand: `pipeline` would take the connection down with the form, and with it the answer. */
function readThrough(request: Request, form: BusboyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    form.once('finish', resolve);
    form.once('error', (error) => reject(malformed(error)));
    request.once('close', () => request.complete || reject(malformed(new Error('it ended too early'))));
    request.pipe(form);
  });
}

const malformed = (error: unknown): Problem =>
  problem('malformed-request', { reason: (error as Error).message }, { cause: error });

function formReader({ headers }: Request, { limitBytes, atMost }: FilesBody): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      // One byte more than allowed: a file of exactly the limit is not cut off.
      limits: { fileSize: limitBytes + 1, files: atMost, parts: atMost + 10, fieldSize: 1_024, headerPairs: 50 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

async function store(
  content: BusboyFileStream,
  path: string,
  { field, name }: { field: string; name: string },
  limitBytes: number,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    content as Readable,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw problem('body-too-large', { limitBytes });
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  return new ReceivedFile({ field, name, bytes, sha256: hash.digest('hex') }, path);
}

const notFile = (field: string): Problem =>
  invalidInput([
    { path: `body.${field.slice(0, 100)}`, message: 'is not a file; send each file as a part with a filename' },
  ]);

function unsafeNames(files: readonly ReceivedFile[]): Problem | undefined {
  const tooLong = files.flatMap(({ field, name }, index) =>
    field.length > 255 || name.length > 255
      ? [{ path: `body.${index}.name`, message: 'has more than 255 characters' }]
      : [],
  );
  const errors = [...findUnsafe(files, 'body'), ...tooLong];
  return errors.length > 0 ? invalidInput(errors) : undefined;
}

/** So long a refusal waits for what its sender is still writing. */
const LINGER_MS = 250;

/**
 * What is still under way is read and forgotten, so that the sender gets to read its answer; then the connection ends. A sender that is
 * answered while it writes may find the connection closed first: a short rest is waited for, a long one is not.
 */
async function letGo(request: Request, response: Response): Promise<void> {
  request.unpipe();
  request.resume();
  response.set('Connection', 'close');
  if (request.readableEnded || request.destroyed) return;
  const rest = new Promise<void>((resolve) => request.once('end', resolve).once('close', resolve));
  await Promise.race([rest, delay(LINGER_MS, undefined, { ref: false })]);
}
