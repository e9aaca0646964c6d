import { type Breaker, breaker } from '@millrace/jobs';
import { EngineTimeout, EngineUnavailable } from '../clients/engine-errors.ts';

/** Opens before a mesh has spent its attempts on an engine that is away; whoever waits is tried again without spending any. */
export const engineBreaker: Breaker = breaker('mesh-engine', {
  failures: 2,
  withinMs: 60_000,
  openMs: 2_000,
  maxOpenMs: 30_000,
  isFailure: (error) => error instanceof EngineUnavailable || error instanceof EngineTimeout,
});
