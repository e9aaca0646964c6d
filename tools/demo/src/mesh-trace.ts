import { type ClusterUrls, readTrace, type TraceSpan } from '@millrace/stack';
import type { Mesh } from './answers.ts';
import { claim } from './claim.ts';
import { eventually } from './eventually.ts';
import { urlOf } from './people.ts';
import { milliseconds, say, sayWords, table } from './print.ts';
import { spansByService } from './stations.ts';

type Row = readonly [what: string, service: string, span: string];

/** In the order of the walk. */
const walk: readonly Row[] = [
  ['HTTP: the request is answered', 'mesh-orchestrator', 'POST /meshes'],
  ['record: mesh and command are written', 'mesh-orchestrator', 'publish mesh.generate'],
  ['RabbitMQ: the bell travels to a worker', 'mesh-orchestrator', 'queue mesh.generate'],
  ['run: the mesh is handed over', 'mesh-orchestrator', 'process mesh.generate'],
  ['gRPC: the call', 'mesh-orchestrator', 'mesh.v1.MeshEngineService/Generate'],
  ['gRPC: its answer', 'mesh-engine', 'mesh.v1.MeshEngineService/Generate'],
  ['engine: the mesh is made', 'mesh-engine', 'mesh job'],
  ['callback: signed, and taken down', 'mesh-orchestrator', 'POST /callbacks/mesh/:jobId'],
  ['critical lane: what it says is judged', 'mesh-orchestrator', 'process mesh.progress'],
  ['the end is written', 'mesh-orchestrator', 'process mesh.finish'],
  ['NATS: the event is announced', 'mesh-orchestrator', 'publish mesh.completed'],
  ['inbox: the event is heard and noted', 'notifications', 'process mesh.completed'],
];

/** Shows the way of a mesh as Jaeger has it: one trace, through the engine and back. */
export async function meshTrace(urls: ClusterUrls, { traceId, picture }: Mesh): Promise<void> {
  claim(traceId, 'the mesh knows its trace');
  const jaegerUrl = urlOf(urls, 'JAEGER_QUERY_URL');
  const spans = await wholeTrace(jaegerUrl, traceId);
  const ids = new Set(spans.map(({ id }) => id));
  const beginnings = spans.filter(({ parentId }) => !ids.has(parentId ?? ''));
  claim(
    beginnings.length === 1,
    'the trace is in one piece',
    beginnings.map(({ name }) => name),
  );
  const [root] = beginnings;
  say(`  The way of ${picture}, as one trace:`);
  table([
    ['station', 'service', 'begins', 'takes'],
    ...walk.map((row) => stationOf(spans, row, root?.startedAtMs ?? 0)),
  ]);
  sayWords(['In the engine:', ...stagesOf(spans).join(', ').split(' ')]);
  const shares = spansByService(spans).map(([service, count]) => `${count} of ${service}`);
  say(`  Trace ${traceId}: ${spans.length} spans, ${shares.join(', ')}.`);
}

/** Of spans that there are several of, the last one is where the walk goes on. */
function stationOf(spans: readonly TraceSpan[], [what, service, name]: Row, sinceMs: number): string[] {
  const own = spans.filter((span) => span.service === service && span.name === name);
  const last = name === 'process mesh.generate' ? own[0] : own.toSorted((a, b) => a.startedAtMs - b.startedAtMs).at(-1);
  claim(last, `the trace shows "${what}" as span "${name}" of ${service}`);
  return [what, service, `+${milliseconds(Math.max(0, last.startedAtMs - sinceMs))}`, milliseconds(last.durationMs)];
}

function stagesOf(spans: readonly TraceSpan[]): string[] {
  const stages = spans
    .filter(({ service, name }) => service === 'mesh-engine' && /^mesh (?!job|callback)\w+$/.test(name))
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  claim(stages.length >= 4, 'the trace shows the stages of the engine', stages);
  return stages.map(({ name, durationMs }) => `${name.replace('mesh ', '')} ${milliseconds(durationMs)}`);
}

/** Services send their spans some time after they ended, each for itself: complete is what no longer grows. */
async function wholeTrace(jaegerUrl: string, traceId: string): Promise<TraceSpan[]> {
  let last: readonly TraceSpan[] = [];
  let sameSinceMs = performance.now();
  return eventually('the whole trace of a mesh in Jaeger', async () => {
    const spans = await readTrace(jaegerUrl, traceId);
    if (spans.length !== last.length) sameSinceMs = performance.now();
    last = spans;
    const isTold = spans.some(({ name }) => name === 'process mesh.completed');
    const isMade = spans.some(({ service, name }) => service === 'mesh-engine' && name === 'mesh job');
    return isTold && isMade && performance.now() - sameSinceMs > 1_500 ? spans : undefined;
  });
}
