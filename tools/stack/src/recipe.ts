import type { ComponentName } from './component-table.ts';
import type { Launch } from './guarded-process.ts';
import type { Program, Reporter } from './program.ts';

/** Port by role, as in the component table. */
export type Ports = Readonly<Record<string, number>>;

/** Where one instance keeps what it needs; all of it below one directory. */
export type Place = { data: string; config: string; logFile: string; ports: Ports };

/** Everything that is special about one component; the rest is the same for all. */
export type Recipe = {
  readonly name: ComponentName;
  /** Finds or installs what has to be run here. @throws with the remedy when it cannot. */
  program(report: Reporter): Promise<Program>;
  /** Writes the configuration and says what to start, helpers first, the server itself last. */
  prepare(place: Place, program: Program): Promise<Launch[]>;
  /** The same for a container: arguments of `docker run` after the image, and files to mount. */
  container(place: Place): Promise<{ options: string[]; args: string[]; dataPath: string }>;
  /** Speaks the protocol once. @throws while there is no proper answer. */
  probe(ports: Ports): Promise<void>;
  url(ports: Ports): string;
  env(ports: Ports): Record<string, string>;
};
