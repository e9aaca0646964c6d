import type { TraceSpan } from '@millrace/stack';
import { claim, claimEqual } from './claim.ts';

/** One station of the walk, as its span tells. */
export type Station = {
  readonly what: string;
  readonly service: string;
  readonly atMs: number;
  readonly tookMs: number;
};

type Row = readonly [what: string, service: string, span: string];

/** In the order of the walk. */
const walk: readonly Row[] = [
  ['HTTP: the request is answered', 'campaign', 'POST /campaigns'],
  ['record: the command is written, the bell rung', 'campaign', 'publish campaign.seed'],
  ['RabbitMQ: the bell travels to a worker', 'campaign', 'queue campaign.seed'],
  ['run: the worker performs the job', 'campaign', 'process campaign.seed'],
  ['NATS: the event is announced', 'campaign', 'publish campaign.seeded'],
  ['inbox: the event is heard and noted', 'notifications', 'process campaign.seeded'],
];

/** The stations of a seeding's trace, MongoDB's commands within the run as one. @throws when one is missing, or the trace is not in one piece. */
export function stationsOf(spans: readonly TraceSpan[]): Station[] {
  claimOnePiece(spans);
  const [request, record, queue, run, ...telling] = walk.map((row) => spanOf(spans, row));
  claim(request && record && queue && run, 'the walk begins with request, record, queue and run');
  const stations = [request, record, notBefore(record, queue), run, databaseOf(run, spans), ...telling];
  return stations.map(({ what, service, startedAtMs, durationMs }) => ({
    what,
    service,
    atMs: startedAtMs - request.startedAtMs,
    tookMs: durationMs,
  }));
}

/** What the run asked of MongoDB, in order: `insert schticks`, `insert weapons` … */
export function commandsInRun(spans: readonly TraceSpan[]): string[] {
  const run = spans.find(({ name }) => name === 'process campaign.seed');
  return run ? databaseCommands(run, spans).map(({ name }) => name) : [];
}

/** How many spans each service has sent. */
export function spansByService(spans: readonly TraceSpan[]): [service: string, spans: number][] {
  const groups = Map.groupBy(spans, ({ service }) => service);
  return [...groups].map(([service, own]): [string, number] => [service, own.length]).toSorted((a, b) => b[1] - a[1]);
}

function claimOnePiece(spans: readonly TraceSpan[]): void {
  const ids = new Set(spans.map(({ id }) => id));
  const roots = spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
  claimEqual(
    'the beginnings of the trace',
    roots.map(({ name }) => name),
    ['POST /campaigns'],
  );
}

type NamedSpan = Pick<TraceSpan, 'id' | 'service' | 'startedAtMs' | 'durationMs'> & { readonly what: string };

function spanOf(spans: readonly TraceSpan[], [what, service, name]: Row): NamedSpan {
  const span = spans.find((each) => each.service === service && each.name === name);
  claim(span, `the trace shows "${what}" as span "${name}" of ${service}`);
  return { ...span, what };
}

/** Times in the queue are the database's; its clock may be a little behind the one of the service that rang. */
function notBefore(record: NamedSpan, queue: NamedSpan): NamedSpan {
  const startedAtMs = Math.max(record.startedAtMs, queue.startedAtMs);
  return { ...queue, startedAtMs, durationMs: Math.max(0, queue.startedAtMs + queue.durationMs - startedAtMs) };
}

function databaseOf(run: NamedSpan, spans: readonly TraceSpan[]): NamedSpan {
  const commands = databaseCommands(run, spans);
  claim(commands.length > 0, 'the trace shows what the run asked of MongoDB');
  return {
    ...run,
    what: `MongoDB: ${commands.length} commands in the run, in all`,
    startedAtMs: Math.min(...commands.map(({ startedAtMs }) => startedAtMs)),
    durationMs: commands.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

const databaseCommands = (run: Pick<TraceSpan, 'id'>, spans: readonly TraceSpan[]): TraceSpan[] =>
  spans.filter(({ parentId, attributes }) => parentId === run.id && isDatabase(attributes));

const isDatabase = (attributes: TraceSpan['attributes']): boolean =>
  (attributes['db.system.name'] ?? attributes['db.system']) === 'mongodb';
