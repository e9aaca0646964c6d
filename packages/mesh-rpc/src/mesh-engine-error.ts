import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Duration } from './generated/google/protobuf/duration.ts';
import { ErrorInfo, RetryInfo } from './generated/google/rpc/error_details.ts';
import { Status } from './generated/google/rpc/status.ts';

/** An answer of the engine that is an error, or the lack of an answer, with what the engine says beyond the code. */
export class MeshEngineError extends Error {
  override readonly name = 'MeshEngineError';
  /** Of gRPC. */
  readonly code: status;
  /** What a person reads. */
  readonly details: string;
  /** The engine's own word, such as `URL_BLOCKED`; undefined when it was not the engine that answered. */
  readonly reason: string | undefined;
  /** What belongs to the reason, such as the parameter. */
  readonly facts: Readonly<Record<string, string>>;
  /** When trying again makes sense; undefined when the engine names no time. */
  readonly retryAfterMs: number | undefined;

  constructor(method: string, cause: ServiceError) {
    const { info, retry } = detailsOf(cause.metadata);
    super(`mesh engine, ${method}: ${status[cause.code] ?? cause.code}: ${cause.details}`, { cause });
    this.code = cause.code;
    this.details = cause.details;
    this.reason = info?.reason;
    this.facts = info?.metadata ?? {};
    this.retryAfterMs = retry?.retryDelay && milliseconds(retry.retryDelay);
  }
}

type Details = { readonly info?: ErrorInfo; readonly retry?: RetryInfo };

/** What stands in the standard trailer; nothing where there is none, or none that can be read: the code alone has to do then. */
function detailsOf(metadata: Metadata | undefined): Details {
  const [trailer] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!(trailer instanceof Uint8Array)) return {};
  try {
    return Object.assign({}, ...Status.decode(trailer).details.map(detail));
  } catch {
    return {};
  }
}

function detail({ typeUrl, value }: { typeUrl: string; value: Uint8Array }): Details {
  if (typeUrl.endsWith('/google.rpc.ErrorInfo')) return { info: ErrorInfo.decode(value) };
  if (typeUrl.endsWith('/google.rpc.RetryInfo')) return { retry: RetryInfo.decode(value) };
  return {};
}

const milliseconds = ({ seconds, nanos }: Duration): number => Number(seconds) * 1_000 + nanos / 1_000_000;
