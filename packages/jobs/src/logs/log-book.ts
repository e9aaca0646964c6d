import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Collections, LogRow } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';

const MAX_LINES_A_JOB = 1_000;
/** Lines that wait for a database that is away; later ones stand in the service's log alone. */
const MAX_WAITING = 10_000;

/** A run's lines on their way to the database. */
export type LogSource = { readonly jobId: string; readonly fence: number; readonly attempt: number };
export type LogLine = Pick<LogRow, 'at' | 'level' | 'message' | 'fields'>;

type Waiting = { readonly source: LogSource; readonly number: number; readonly line: LogLine };

/** Writes the lines of all runs of this process in bulk, once per heartbeat and before a run ends. */
export class LogBook {
  readonly #collections: Collections;
  readonly #everyMs: number;
  readonly #log: Log;
  /** How many lines earlier runs of the job have written. */
  readonly #before = new WeakMap<LogSource, Promise<number>>();
  readonly #numbers = new WeakMap<LogSource, number>();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: { collections: Collections; everyMs: number; log: Log }) {
    this.#collections = parts.collections;
    this.#everyMs = parts.everyMs;
    this.#log = parts.log;
  }

  add(source: LogSource, line: LogLine): void {
    const number = (this.#numbers.get(source) ?? 0) + 1;
    if (number > MAX_LINES_A_JOB || this.#waiting.length >= MAX_WAITING) return;
    this.#numbers.set(source, number);
    this.#waiting.push({ source, number, line });
    this.#timer ??= setTimeout(() => void this.flush(), this.#everyMs).unref();
  }

  /** Writes what waits. Never rejects: what cannot be written is tried again with the next lines. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#writing) await this.#writing;
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting.splice(0);
    this.#writing = context
      .with(ROOT_CONTEXT, () => this.#write(lines))
      .catch((error: unknown) => {
        this.#log.warn({ reason: asError(error).message, lines: lines.length }, 'job logs not written yet');
        this.#waiting.unshift(...lines);
        this.#timer ??= setTimeout(() => void this.flush(), this.#everyMs).unref();
      })
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
  }

  async #write(lines: readonly Waiting[]): Promise<void> {
    const sources = [...new Set(lines.map(({ source }) => source))];
    const before = new Map(
      await Promise.all(sources.map(async (source) => [source, await this.#linesBefore(source)] as const)),
    );
    const rows = lines.flatMap((waiting) => rowOf(waiting, before.get(waiting.source) ?? 0));
    if (rows.length > 0) await this.#collections.logs.insertMany(rows, { ordered: false }).catch(onlyDuplicates);
  }

  #linesBefore(source: LogSource): Promise<number> {
    const known = this.#before.get(source);
    if (known) return known;
    const { jobId, fence } = source;
    const counting =
      fence <= 1
        ? Promise.resolve(0)
        : this.#collections.logs.countDocuments({ jobId, _id: { $lt: lineId(source, 0) } });
    this.#before.set(source, counting);
    counting.catch(() => this.#before.delete(source));
    return counting;
  }
}

const lineId = ({ jobId, fence }: LogSource, number: number): string =>
  `${jobId}:${String(fence).padStart(6, '0')}:${String(number).padStart(4, '0')}`;

/** No row for what is over the limit; the last one says so. */
function rowOf({ source, number, line }: Waiting, before: number): LogRow[] {
  const place = before + number;
  if (place > MAX_LINES_A_JOB) return [];
  const { jobId, attempt } = source;
  const row = { _id: lineId(source, number), jobId, attempt };
  if (place < MAX_LINES_A_JOB) return [{ ...row, ...line }];
  const message = `the log of this job is full (${MAX_LINES_A_JOB} lines); what follows stands in the service's log alone`;
  return [{ ...row, at: line.at, level: 'warn', message }];
}

/** A repeated write finds its lines there already. */
function onlyDuplicates(error: unknown): void {
  const errors = error instanceof Error && 'writeErrors' in error ? [error.writeErrors].flat() : [];
  const areDuplicates = errors.every((item) =>
    isDuplicateKey(Object.assign(new Error(), { code: (item as { code?: number }).code })),
  );
  if (errors.length === 0 || !areDuplicates) throw error;
}
