import type { CallOptions, ClientReadableStream, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { MeshEngineError } from './mesh-engine-error.ts';

/** What bounds a call. Its trace is the one that is active where it is made. */
export type CallLimits = {
  /** Default: 5,000 ms for `generate`, 30,000 ms for `drawThumbnail`, 2,000 ms for `getStatus`, `cancel` and `isServing`, none for streams. */
  readonly timeoutMs?: number;
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

type UnaryMethod<Request, Answer> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer: Answer) => void,
) => ClientUnaryCall;

type StreamMethod<Request, Answer> = (
  request: Request,
  metadata: Metadata,
  options?: Partial<CallOptions>,
) => ClientReadableStream<Answer>;

/** One question, one answer. @throws MeshEngineError, or the signal's reason. */
export async function unaryCall<Request, Answer>(
  name: string,
  method: UnaryMethod<Request, Answer>,
  request: Request,
  limits: CallLimits,
): Promise<Answer> {
  limits.signal?.throwIfAborted();
  const { span, metadata } = begin(name);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = method(request, metadata, deadlineOf(limits), (error, answer) =>
    error ? reject(error) : resolve(answer),
  );
  const release = cancelledBy(limits.signal, call);
  try {
    return await promise;
  } catch (error) {
    throw failed(span, name, error as ServiceError, limits.signal);
  } finally {
    release();
    span.end();
  }
}

/** One question, many answers. The call ends when its reader leaves. @throws MeshEngineError, or the signal's reason. */
export async function* streamCall<Request, Answer>(
  name: string,
  method: StreamMethod<Request, Answer>,
  request: Request,
  limits: CallLimits = {},
): AsyncGenerator<Answer, void, undefined> {
  limits.signal?.throwIfAborted();
  const { span, metadata } = begin(name);
  const call = method(request, metadata, deadlineOf(limits));
  const release = cancelledBy(limits.signal, call);
  // Once its reader has left, nobody else hears that the call was cancelled.
  call.on('error', () => {});
  try {
    for await (const answer of call) yield answer as Answer;
  } catch (error) {
    throw failed(span, name, error as ServiceError, limits.signal);
  } finally {
    release();
    call.cancel();
    span.end();
  }
}

/** A span for the call, and the metadata by which the engine's spans come to hang below it. */
function begin(name: string): { span: Span; metadata: Metadata } {
  const span = trace.getTracer('@millrace/mesh-rpc').startSpan(`mesh.v1.MeshEngineService/${name}`, {
    kind: SpanKind.CLIENT,
    attributes: { 'rpc.system.name': 'grpc', 'rpc.method': `mesh.v1.MeshEngineService/${name}` },
  });
  const metadata = new Metadata();
  propagation.inject(trace.setSpan(context.active(), span), metadata, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
  return { span, metadata };
}

const deadlineOf = ({ timeoutMs }: CallLimits): Partial<CallOptions> =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };

function cancelledBy(signal: AbortSignal | undefined, call: { cancel(): void }): () => void {
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

function failed(span: Span, name: string, error: ServiceError, signal: AbortSignal | undefined): unknown {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.details ?? error.message });
  if (signal?.aborted) return signal.reason;
  return new MeshEngineError(name, error);
}
