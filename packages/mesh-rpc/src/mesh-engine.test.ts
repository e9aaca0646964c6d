import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import { afterFile, meshEngine, until } from '@millrace/testkit';
import {
  createMeshEngineClient,
  Format,
  type GenerateRequest,
  type Job,
  MeshEngineError,
  Mode,
  State,
  status,
} from './index.ts';

const engine = await meshEngine({ WORKERS: '1' });
const client = createMeshEngineClient(engine.address);
afterFile(async () => client.close());
const pictures = { small: noise(32), large: noise(1_024) };

test('a picture becomes a mesh whose file is what its digest says, from any offset', async () => {
  const job = await client.generate({ ...wish('whole.1', pictures.small), wait: true }, { timeoutMs: 60_000 });

  const [stl] = job.artifacts;
  const whole = await bytesOf('whole.1', 0n);
  const rest = await bytesOf('whole.1', 50n);

  expect(job).toMatchObject({ state: State.COMPLETED, stage: 'stored', progress: 100, watertight: true, fence: 7n });
  expect(createHash('sha256').update(whole).digest('hex')).toBe(stl?.sha256);
  expect(rest).toEqual(whole.subarray(50));
  expect(await readFile(new URL(stl?.url ?? ''))).toEqual(whole);
});

test('an error bears the word of the engine', async () => {
  await expect(client.getStatus('nobody.1')).rejects.toMatchObject({ code: status.NOT_FOUND, reason: 'UNKNOWN_JOB' });
  await expect(client.generate({ ...wish('bad.1', pictures.small), timeoutSeconds: 601 })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    reason: 'INVALID_PARAMETER',
    retryAfterMs: undefined,
  });
});

test('a job of a killed engine is unknown to its next life, begins anew there, and its numbers go on', async () => {
  await client.generate(endless('killed.1'));
  const before = await at('killed.1', 'triangulate');

  await engine.kill('SIGKILL');
  const gone = await wordOf(client.getStatus('killed.1'));
  await engine.start();
  await until(() => client.isServing());
  const unknown = await wordOf(client.getStatus('killed.1'));
  const again = await client.generate(endless('killed.1'));
  const cancelled = await client.cancel('killed.1');

  expect([gone, unknown]).toEqual(['UNAVAILABLE', 'UNKNOWN_JOB']);
  expect(again.state).toBe(State.ACCEPTED);
  expect(again.seq > before.seq).toBe(true);
  expect(cancelled.state).toBe(State.CANCELLED);
}, 90_000);

test('an engine that is asked to end finishes what it has, takes nothing new, and its results outlive it', async () => {
  await client.generate(wish('last.1', pictures.large));
  await at('last.1', 'triangulate');
  let late = 0;
  const ending = engine.kill('SIGTERM');
  const word = await until(async () => {
    // Another one each time: what it took before it heard of its end, it knows.
    const answer = await wordOf(client.generate(wish(`late.${++late}`, pictures.small)));
    return answer === 'DRAINING' && answer;
  });
  await ending;
  await engine.start();
  await until(() => client.isServing());

  expect(word).toBe('DRAINING');
  expect((await client.getStatus('last.1')).state).toBe(State.COMPLETED);
  await expect(engine.logs()).resolves.toMatch(/"msg": "draining"[\s\S]*"msg": "ended"/);
}, 90_000);

/** A picture of noise, which is as hard as a picture can be. */
function noise(side: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  // Bits of a sample; the rest is 0: grey, and everything as usual.
  head[8] = 8;
  const rows = randomBytes(side * (side + 1));
  // Each row begins with the number of its filter, which is none.
  for (let row = 0; row < side; row++) rows[row * (side + 1)] = 0;
  const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const numbers = [data.length, crc32(body)].map((number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(number);
    return four;
  });
  return Buffer.concat([numbers[0] as Buffer, body, numbers[1] as Buffer]);
}

const wish = (jobId: string, image: Buffer): GenerateRequest => ({
  jobId,
  source: { $case: 'image', value: image },
  mode: Mode.RELIEF,
  formats: [Format.STL],
  thumbnailPx: 0,
  callbackUrl: '',
  wait: false,
  timeoutSeconds: 0,
  backend: '',
  labels: {},
  fence: 7n,
});

/** Keeps a worker busy for longer than any test waits. */
const endless = (jobId: string): GenerateRequest => ({
  ...wish(jobId, pictures.large),
  detailFactor: 0.000_01,
  maxTriangles: 5_000_000,
});

async function at(jobId: string, stage: string): Promise<Job> {
  for await (const job of client.streamProgress(jobId, { timeoutMs: 60_000 })) if (job.stage === stage) return job;
  throw new Error(`job ${jobId} ended without the stage ${stage}`);
}

async function bytesOf(jobId: string, offset: bigint): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const { data } of client.getArtifact({ jobId, name: 'mesh.stl', offset })) chunks.push(data);
  return Buffer.concat(chunks);
}

/** The engine's word for why a call failed, or else gRPC's. */
async function wordOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  return error instanceof MeshEngineError ? (error.reason ?? status[error.code] ?? '') : '';
}
