import type { Span } from './waterfall.ts';

/** One stage of the mesh engine's work. */
export type Stage = {
  readonly id: string;
  /** As the engine calls it: decode, triangulate, files … */
  readonly name: string;
  /** Which time the engine began with this mesh, from 1. */
  readonly run: number;
  /** After the engine began with the mesh in that run; its turn may have been waited for in between. */
  readonly offsetMs: number;
  readonly durationMs: number;
  /** Of all stages of the same run, 0 to 1. */
  readonly share: number;
  readonly hasFailed: boolean;
};

/** What the engine was busy with for one mesh, and how long, in the order of time; none when the trace tells nothing of it. */
export const meshStages = (spans: readonly Span[], meshId: string): readonly Stage[] =>
  spans
    .flatMap((span) => runIn(span, meshId))
    .toSorted((a, b) => a.run - b.run)
    .flatMap((run) => stagesOf(spans, run));

type Run = { readonly span: Span; readonly run: number };

/** A batch's trace holds the runs of many meshes; the engine names each `<mesh>.<run>`. */
function runIn(span: Span, meshId: string): readonly Run[] {
  const job = span.service === 'mesh-engine' && span.name === 'mesh job' ? span.attributes['mesh.job_id'] : undefined;
  return job?.startsWith(`${meshId}.`) ? [{ span, run: Number(job.slice(meshId.length + 1)) }] : [];
}

function stagesOf(spans: readonly Span[], { span: job, run }: Run): readonly Stage[] {
  const own = spans
    .filter(({ parentId, name }) => parentId === job.id && name.startsWith('mesh '))
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const wholeMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return own.map(({ id, name, startedAtMs, durationMs, hasFailed }) => ({
    id,
    name: name.slice('mesh '.length),
    run,
    offsetMs: startedAtMs - job.startedAtMs,
    durationMs,
    share: wholeMs > 0 ? durationMs / wholeMs : 0,
    hasFailed,
  }));
}
