import { v5 } from 'uuid';

const namespace = '8a4be2a4-3f2a-5c5b-8f0e-0c6a5d2f6b12';

/** The id, or the Idempotency-Key, of what a setup makes: the same in every run. */
export const setupIdOf = (projectId: string, what: string): string => v5(`${projectId}:${what}`, namespace);
