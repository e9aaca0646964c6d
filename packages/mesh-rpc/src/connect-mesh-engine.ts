import {
  type CallOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { type GenerateRequest, type Job, MeshEngineServiceClient } from './generated/mesh/v1/mesh.ts';

type Asking = { readonly timeoutMs: number; readonly signal: AbortSignal };

/** The unary calls of the engine as promises. Each rejects with a ServiceError of grpc-js, code and details in it. */
export type MeshEngineConnection = {
  /** What `grpc.health.v1` says of the part that takes jobs. */
  isServing(asking: Asking): Promise<boolean>;
  generate(request: GenerateRequest, asking: Asking): Promise<Job>;
  getStatus(jobId: string, asking: Asking): Promise<Job>;
  cancel(jobId: string, asking: Asking): Promise<Job>;
  /** Ends the connection. Safe twice. */
  close(): void;
};

/** An engine that was away is found again within seconds. */
const options = {
  'grpc.initial_reconnect_backoff_ms': 250,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

const HealthClient = makeGenericClientConstructor(healthService, 'Health');
const servedPart = 'mesh.v1.MeshEngineService';

/** Connects with the first call. @param address `host:port`, without TLS. */
export function connectMeshEngine(address: string): MeshEngineConnection {
  const engine = new MeshEngineServiceClient(address, credentials.createInsecure(), options);
  const health = new HealthClient(address, credentials.createInsecure(), options);
  return {
    async isServing(asking) {
      const check = health['check'] as Method<{ service: string }, { status: string }>;
      const { status } = await unary(check.bind(health), { service: servedPart }, asking);
      return status === 'SERVING';
    },
    generate: (request, asking) => unary(engine.generate.bind(engine), request, asking),
    getStatus: (jobId, asking) => unary(engine.getStatus.bind(engine), { jobId }, asking),
    cancel: (jobId, asking) => unary(engine.cancel.bind(engine), { jobId }, asking),
    close() {
      engine.close();
      health.close();
    },
  };
}

type Method<Request, Answer> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer: Answer) => void,
) => ClientUnaryCall;

function unary<Request, Answer>(
  method: Method<Request, Answer>,
  request: Request,
  { timeoutMs, signal }: Asking,
): Promise<Answer> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = method(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error, answer) =>
    error ? reject(error) : resolve(answer),
  );
  const stop = () => call.cancel();
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}
