import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { type CallLimits, streamCall, unaryCall } from './calls.ts';
import {
  type Artifact,
  type Chunk,
  type DrawThumbnailRequest,
  type GenerateRequest,
  type GetArtifactRequest,
  type Job,
  MeshEngineServiceClient,
} from './generated/mesh/v1/mesh.ts';

/** The mesh engine's calls. Each rejects with a MeshEngineError. */
export type MeshEngineClient = {
  /** What the engine's health service says of the part that takes jobs. @throws when nobody answers. */
  isServing(limits?: CallLimits): Promise<boolean>;
  /** With `wait` it is answered at the job's end, so give it time. */
  generate(request: GenerateRequest, limits?: CallLimits): Promise<Job>;
  getStatus(jobId: string, limits?: CallLimits): Promise<Job>;
  cancel(jobId: string, limits?: CallLimits): Promise<Job>;
  /** Draws a stored result and keeps the drawing beside it. */
  drawThumbnail(request: DrawThumbnailRequest, limits?: CallLimits): Promise<Artifact>;
  /** The present state, then every change, up to a final state. Leaving the loop ends the call. */
  streamProgress(jobId: string, limits?: CallLimits): AsyncIterable<Job>;
  /** An artifact from an offset on, in order. Leaving the loop ends the call. */
  getArtifact(request: GetArtifactRequest, limits?: CallLimits): AsyncIterable<Chunk>;
  /** Ends the connection and whatever runs over it. Safe twice. */
  close(): void;
};

/** An engine that was away is found again within seconds. */
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 250,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

const HealthClient = makeGenericClientConstructor(healthService, 'Health');
const servedPart = 'mesh.v1.MeshEngineService';
const generateMs = 5_000;
const shortMs = 2_000;
const drawMs = 30_000;

/** Connects with the first call. @param address `host:port`, without TLS. */
export function createMeshEngineClient(address: string): MeshEngineClient {
  const engine = new MeshEngineServiceClient(address, credentials.createInsecure(), channelOptions);
  const health = new HealthClient(address, credentials.createInsecure(), { channelOverride: engine.getChannel() });
  return {
    async isServing(limits) {
      const { status } = await unaryCall(
        'Check',
        checkOf(health),
        { service: servedPart },
        { timeoutMs: shortMs, ...limits },
      );
      return status === 'SERVING';
    },
    generate: (request, limits) =>
      unaryCall('Generate', engine.generate.bind(engine), request, { timeoutMs: generateMs, ...limits }),
    getStatus: (jobId, limits) =>
      unaryCall('GetStatus', engine.getStatus.bind(engine), { jobId }, { timeoutMs: shortMs, ...limits }),
    cancel: (jobId, limits) =>
      unaryCall('Cancel', engine.cancel.bind(engine), { jobId }, { timeoutMs: shortMs, ...limits }),
    drawThumbnail: (request, limits) =>
      unaryCall('DrawThumbnail', engine.drawThumbnail.bind(engine), request, { timeoutMs: drawMs, ...limits }),
    streamProgress: (jobId, limits) =>
      streamCall('StreamProgress', engine.streamProgress.bind(engine), { jobId }, limits),
    getArtifact: (request, limits) => streamCall('GetArtifact', engine.getArtifact.bind(engine), request, limits),
    // Health goes over the same connection.
    close: () => engine.close(),
  };
}

type Check = Parameters<typeof unaryCall<{ service: string }, { status: string }>>[1];

/** The health service is described at run time, so nothing knows the types of its methods. */
const checkOf = (client: InstanceType<typeof HealthClient>): Check => (client['check'] as Check).bind(client);
