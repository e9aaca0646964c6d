import type { TerminalState } from '../record/record.ts';

export type EndCounts = Record<TerminalState, number>;

/** What ended on a day (UTC) and was archived, per job name: `<name>:<day>`. */
export type TotalRow = EndCounts & {
  _id: string;
  name: string;
  day: string;
  /** The chunks that are counted in, the latest hundred: none is counted twice. */
  chunks: string[];
};

export type ChunkTotal = EndCounts & { name: string; day: string };

/** Records on their way into the totals. From `counted` on the chunk stands for them, and the records only wait to be deleted. */
export type ArchiveRow = {
  _id: string;
  state: 'marking' | 'counted';
  /** Chosen to be marked. */
  wanted: string[];
  /** Marked, and counted in `totals`. */
  ids: string[];
  totals: ChunkTotal[];
  at: Date;
};

export const totalId = ({ name, day }: Pick<ChunkTotal, 'name' | 'day'>): string => `${name}:${day}`;
