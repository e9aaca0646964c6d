import { LOG_LEVELS, type LogLevel, type RunLog } from '../define/run-tools.ts';
import type { Log } from '../telemetry/log.ts';
import type { LogLine, LogSource } from './log-book.ts';

const MAX_LINE_BYTES = 8_192;
const MAX_MESSAGE_CHARS = 1_000;

/** The log of one run: each line goes to the service's log with the job's fields, and into the job's own. */
export function runLog(
  source: LogSource & { readonly name: string },
  { log, book, now }: { log: Log; book: { add(source: LogSource, line: LogLine): void }; now(): Date },
): RunLog {
  const { name: job, jobId, attempt } = source;
  const at = (level: LogLevel) => (first: Readonly<Record<string, unknown>> | string, second?: string) => {
    const [fields, message] = typeof first === 'string' ? [{}, first] : [first, second ?? ''];
    log[level]({ ...fields, jobId, job, attempt }, message);
    book.add(source, { at: now(), level, ...shortened(fields, message) });
  };
  return Object.fromEntries(LOG_LEVELS.map((level) => [level, at(level)])) as RunLog;
}

/** At most 8 KiB: rather no fields than half of them. */
function shortened(fields: Readonly<Record<string, unknown>>, message: string): { message: string; fields?: string } {
  const short = message.slice(0, MAX_MESSAGE_CHARS);
  const text = textOf(fields);
  if (text === '{}') return { message: short };
  const room = MAX_LINE_BYTES - Buffer.byteLength(short);
  return { message: short, fields: Buffer.byteLength(text) <= room ? text : '{"truncated":true}' };
}

/** Errors are shown by name and message, and what is no JSON is not shown. */
function textOf(fields: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? { name: value.name, message: value.message } : value,
    );
  } catch {
    return '{"unreadable":true}';
  }
}
