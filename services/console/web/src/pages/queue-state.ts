import type { Queue } from '../api/shapes.ts';

/** What a person calls the state of a queue. */
export const queueState = ({ paused, draining }: Queue): string =>
  draining ? 'draining' : paused ? 'paused' : 'running';
