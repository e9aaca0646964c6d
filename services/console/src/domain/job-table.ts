/** The columns of a job in a table: what a person sorts and sums. Payload and result are not among them. */
export const jobColumns = [
  'service',
  'id',
  'name',
  'queue',
  'lane',
  'state',
  'attempt',
  'maxAttempts',
  'crashes',
  'progress',
  'message',
  'tags',
  'createdAt',
  'scheduledAt',
  'startedAt',
  'endedAt',
  'waitMs',
  'runMs',
  'errorCode',
  'errorMessage',
  'worker',
  'traceId',
  'rootId',
  'parentId',
  'replayedFrom',
] as const;

type Row = Readonly<Record<(typeof jobColumns)[number], string>>;

/** A job as a row of texts: tags by spaces, the last error, and nothing for what is not there. */
export function jobRow(job: Readonly<Record<string, unknown>>): Row {
  const error = lastOf(job['errors']);
  const told: Readonly<Record<string, unknown>> = {
    ...job,
    tags: Array.isArray(job['tags']) ? job['tags'].join(' ') : '',
    errorCode: error['code'],
    errorMessage: error['message'],
  };
  return Object.fromEntries(jobColumns.map((column) => [column, textOf(told[column])])) as Row;
}

const lastOf = (errors: unknown): Readonly<Record<string, unknown>> =>
  (Array.isArray(errors) ? (errors.at(-1) as Record<string, unknown> | undefined) : undefined) ?? {};

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
