import type { Lab } from '../lab.ts';
import type { PeerServers } from './servers.ts';

/** Somebody's way to have jobs done later, by itself or by a library around it. */
export type Contestant = {
  readonly name: string;
  /** What a job that was accepted survives, and what can be said of it afterwards. */
  readonly promises: string;
  /** Makes the place, before anybody works there. @returns what commands a job and resolves when it is accepted. */
  produce(place: Place): Promise<(index: number) => Promise<unknown>>;
  /** Begins to perform what is commanded at the place, until the process ends; resolves when ready. */
  work(place: Place, work: Work): Promise<void>;
  /** Takes away what would weigh on whoever comes next, when all processes at the place have ended. */
  wipe?(place: Place): Promise<void>;
};

/** Private servers of one run. */
export type Ground = Lab & PeerServers;

/** A ground with a name on it that nobody else has used: of a database, a queue, a schema. */
export type Place = Ground & { readonly name: string };

export type Work = {
  /** How many jobs may run at once in this process. */
  readonly inFlight: number;
  perform(index: number): Promise<void>;
};
