import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { GenerateRequest, Job, MeshEngineServiceService, Mode } from '@millrace/mesh-rpc';
import { v7 } from 'uuid';
import type { Chance } from '../chance.ts';
import { pictures } from '../load/picture.ts';
import { spoiltBytes } from './spoil.ts';

const { path } = MeshEngineServiceService.generate;
const sideBySide = 3;
const answerWithinMs = 60_000;
/** Statuses that say that the engine broke, and not that the request is bad or the engine busy. */
const broken = [status.UNKNOWN, status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS, status.DEADLINE_EXCEEDED];
const brokenJobs = ['INTERNAL', 'WORKER_CRASH'];

export type EngineAnswers = { readonly counts: Readonly<Record<string, number>>; readonly faults: readonly string[] };

/**
 * Asks the engine for meshes of pictures whose bytes are spoilt, and by requests whose own bytes are. Every one has to get an answer
 * that blames the request, or a mesh.
 */
export async function spoilPictures(address: string, chance: Chance, count: number): Promise<EngineAnswers> {
  const client = new Client(address, credentials.createInsecure());
  const counts: Record<string, number> = {};
  const faults: string[] = [];
  const requests = Array.from({ length: count }, () => spoiltRequest(chance)).values();
  const oneAfterTheOther = async () => {
    for (const request of requests) {
      const { word, isBroken } = await ask(client, request.bytes);
      counts[word] = (counts[word] ?? 0) + 1;
      if (isBroken) faults.push(`the engine answers ${word} to ${request.what}`);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, oneAfterTheOther));
  client.close();
  return { counts, faults };
}

function spoiltRequest(chance: Chance): { what: string; bytes: Buffer } {
  const picture = chance.oneOf(pictures);
  const mode = chance.oneOf([Mode.AUTO, Mode.SPRITE, Mode.RELIEF, Mode.EXTRUDE, Mode.INFLATE]);
  const wish = (image: Buffer) => {
    const source = { $case: 'image' as const, value: image };
    const request = { jobId: v7(), source, mode, wait: true, timeoutSeconds: 30, maxTriangles: 2_000 };
    return Buffer.from(GenerateRequest.encode(GenerateRequest.fromPartial(request)).finish());
  };
  if (chance.next() < 0.6) {
    const image = spoiltBytes(chance, picture.bytes);
    return { what: `${picture.name} spoilt, ${image.toString('base64')}`, bytes: wish(image) };
  }
  const bytes = spoiltBytes(chance, wish(picture.bytes));
  return { what: `a request spoilt, ${bytes.toString('base64')}`, bytes };
}

/** The bytes as they are, past every check that a generated client makes. */
function ask(client: Client, bytes: Buffer): Promise<{ word: string; isBroken: boolean }> {
  const as = (buffer: Buffer) => buffer;
  return new Promise((resolve) => {
    const deadline = Date.now() + answerWithinMs;
    client.makeUnaryRequest(path, as, as, bytes, { deadline }, (error: ServiceError | null, answer?: Buffer) => {
      if (error) return resolve({ word: status[error.code], isBroken: broken.includes(error.code) });
      const { failure } = Job.decode(answer ?? Buffer.alloc(0));
      resolve({ word: failure?.code ?? 'a mesh', isBroken: brokenJobs.includes(failure?.code ?? '') });
    });
  });
}
