import { once } from 'node:events';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterFile, until } from '@millrace/testkit';
import { HealthImplementation } from 'grpc-health-check';
import { Any } from './generated/google/protobuf/any.ts';
import { ErrorInfo, RetryInfo } from './generated/google/rpc/error_details.ts';
import { Status } from './generated/google/rpc/status.ts';
import { Job, type MeshEngineServiceServer, MeshEngineServiceService, State } from './generated/mesh/v1/mesh.ts';
import { createMeshEngineClient } from './mesh-engine-client.ts';

const jobs = [State.ACCEPTED, State.PROCESSING, State.COMPLETED].map((state, seq) =>
  Job.fromPartial({ jobId: 'a.1', state, seq: BigInt(seq) }),
);
const left = Promise.withResolvers<void>();
const { client, health } = await setUp();

test('an error bears the reason, the facts and the time of the next try that the engine names', async () => {
  await expect(client.cancel('full')).rejects.toMatchObject({
    name: 'MeshEngineError',
    code: status.RESOURCE_EXHAUSTED,
    details: 'the queue is full',
    reason: 'QUEUE_FULL',
    facts: { limit: '64' },
    retryAfterMs: 1_500,
  });
});

test('an error without details, or with unreadable ones, is told by its code', async () => {
  await expect(client.cancel('unknown')).rejects.toMatchObject({ code: status.NOT_FOUND, facts: {} });
  await expect(client.cancel('garbled')).rejects.toMatchObject({
    code: status.INTERNAL,
    details: 'garbled',
    facts: {},
  });
});

test('a call that is not answered ends with its deadline', async () => {
  await expect(client.cancel('silent', { timeoutMs: 50 })).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
});

test('a call that is given up rejects with the reason of its signal', async () => {
  const giveUp = new AbortController();
  const call = client.cancel('silent', { signal: giveUp.signal });
  giveUp.abort(new Error('no longer wanted'));

  await expect(call).rejects.toThrow('no longer wanted');
});

test('a stream gives every state in order', async () => {
  const states: Job[] = [];
  for await (const job of client.streamProgress('a.1')) states.push(job);

  expect(states).toEqual(jobs);
});

test('leaving the loop over a stream ends the call', async () => {
  for await (const job of client.streamProgress('endless')) {
    expect(job.state).toBe(State.ACCEPTED);
    break;
  }

  await left.promise;
});

test('the engine serves as long as its health service says so', async () => {
  expect(await client.isServing()).toBe(true);

  health.setStatus('mesh.v1.MeshEngineService', 'NOT_SERVING');

  await until(async () => !(await client.isServing()));
});

test('an engine that is not there is unavailable', async () => {
  const nobody = createMeshEngineClient('127.0.0.1:1');
  afterFile(async () => nobody.close());

  await expect(nobody.getStatus('a.1')).rejects.toMatchObject({ code: status.UNAVAILABLE, reason: undefined });
});

/** A server that answers by the job's name. */
async function setUp() {
  const server = new Server();
  const engine: MeshEngineServiceServer = {
    generate: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
    getStatus: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
    cancel({ request: { jobId } }, callback) {
      const answers: Record<string, () => void> = {
        full: () => callback({ code: status.RESOURCE_EXHAUSTED, details: 'the queue is full', metadata: fullQueue() }),
        unknown: () => callback({ code: status.NOT_FOUND, details: 'no job' }),
        garbled: () =>
          callback({ code: status.INTERNAL, details: 'garbled', metadata: trailer(Buffer.from([255, 1])) }),
      };
      answers[jobId]?.();
    },
    streamProgress(call) {
      void once(call, 'cancelled').then(() => left.resolve());
      for (const job of call.request.jobId === 'endless' ? jobs.slice(0, 1) : jobs) call.write(job);
      if (call.request.jobId !== 'endless') call.end();
    },
    getArtifact: (call) => call.end(),
    drawThumbnail: (_call, callback) => callback({ code: status.UNIMPLEMENTED }),
  };
  server.addService(MeshEngineServiceService, engine);
  const health = new HealthImplementation({ 'mesh.v1.MeshEngineService': 'SERVING' });
  health.addToServer(server as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const client = createMeshEngineClient(`127.0.0.1:${port}`);
  afterFile(async () => {
    client.close();
    server.forceShutdown();
  });
  return { client, health };
}

function fullQueue(): Metadata {
  const pack = (name: string, value: Uint8Array) =>
    Any.fromPartial({ typeUrl: `type.googleapis.com/google.rpc.${name}`, value: Buffer.from(value) });
  const info = ErrorInfo.fromPartial({ reason: 'QUEUE_FULL', domain: 'mesh-engine', metadata: { limit: '64' } });
  const retry = RetryInfo.fromPartial({ retryDelay: { seconds: 1n, nanos: 500_000_000 } });
  const details = [
    pack('ErrorInfo', ErrorInfo.encode(info).finish()),
    pack('RetryInfo', RetryInfo.encode(retry).finish()),
  ];
  return trailer(Buffer.from(Status.encode(Status.fromPartial({ code: 8, details })).finish()));
}

function trailer(bytes: Buffer): Metadata {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', bytes);
  return metadata;
}
