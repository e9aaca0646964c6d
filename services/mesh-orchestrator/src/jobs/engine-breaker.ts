import { type Breaker, breaker } from '@millrace/jobs';
import { EngineUnavailable } from '../clients/engine-errors.ts';

/**
 * Opens before a mesh has spent its attempts on an engine that is away; whoever waits is tried again without spending any.
 * One that has said that it serves and then does not answer is not away: each mesh that it leaves waiting has five attempts at it.
 */
export const engineBreaker: Breaker = breaker('mesh-engine', {
  failures: 2,
  withinMs: 60_000,
  openMs: 2_000,
  maxOpenMs: 30_000,
  isFailure: (error) => error instanceof EngineUnavailable,
});
