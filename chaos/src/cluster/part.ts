/** A process of the cluster that can be ended in the middle of anything and brought back. */
export type Part = {
  readonly name: string;
  readonly kind: 'ours' | 'rabbitmq' | 'nats' | 'mongodb';
  readonly pid: number;
  readonly logFile: string;
  /** By SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** By SIGTERM, with its drain. */
  stop(): Promise<void>;
  /** Deletes what it has stored, while it is down. Components have it. */
  wipe?(): Promise<void>;
  /** Same ports, same data. Resolves when it answers. @throws when it does not within its time. */
  start(): Promise<void>;
};

/** What a launched process offers. */
type Present = { readonly pid: number; kill(): Promise<void>; stop(): Promise<void> };

/** Launches it, and launches it anew with each `start`. */
export async function partOf(
  { name, logFile }: Pick<Part, 'name' | 'logFile'>,
  launch: () => Promise<Present>,
): Promise<Part> {
  let present = await launch();
  return {
    name,
    kind: 'ours',
    logFile,
    get pid() {
      return present.pid;
    },
    kill: () => present.kill(),
    stop: () => present.stop(),
    start: async () => {
      present = await launch();
    },
  };
}
