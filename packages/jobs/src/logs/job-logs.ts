import { LOG_LEVELS, type LogLevel } from '../define/run-tools.ts';
import type { Collections, LogRow } from '../record/collections.ts';

/** A line of a job's own log. */
export type LogView = {
  id: string;
  attempt: number;
  at: string;
  level: LogLevel;
  message: string;
  fields: Record<string, unknown>;
};

export type LogQuery = {
  attempt?: number | undefined;
  /** This level and graver ones. Default: all. */
  level?: LogLevel | undefined;
  limit: number;
  /** The id of the last line of the page before. */
  after?: string | undefined;
};

/** The lines of a job, oldest first. */
export async function readLogs(
  { logs }: Collections,
  jobId: string,
  { attempt, level = 'debug', limit, after }: LogQuery,
): Promise<{ items: LogView[]; next: string | null }> {
  const rows = await logs
    .find({
      jobId,
      ...(after !== undefined && { _id: { $gt: after } }),
      ...(attempt !== undefined && { attempt }),
      ...(level !== 'debug' && { level: { $in: LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)) } }),
    })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  const items = rows.slice(0, limit).map(viewOfLine);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

const viewOfLine = ({ _id, attempt, at, level, message, fields }: LogRow): LogView => ({
  id: _id,
  attempt,
  at: at.toISOString(),
  level,
  message,
  fields: fields === undefined ? {} : (JSON.parse(fields) as Record<string, unknown>),
});
