import { problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Traces } from '../clients/jaeger.ts';
import { meshStages } from '../domain/mesh-stages.ts';
import { type Span, waterfall } from '../domain/waterfall.ts';

/** Traces, laid out for drawing. */
export const traceRoutes = (parts: TraceParts): readonly Route[] => [show(parts), stages(parts)];

type TraceParts = {
  /** Undefined where no Jaeger is named. */
  readonly traces: Traces | undefined;
  /** Of Jaeger's own web pages. */
  readonly uiUrl: string | undefined;
};

const bar = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  service: z.string(),
  name: z.string(),
  startedAtMs: z.number(),
  offsetMs: z.number(),
  durationMs: z.number(),
  depth: z.int(),
  attributes: z.record(z.string(), z.string()),
  hasFailed: z.boolean(),
});

const resource = z
  .object({
    id: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    services: z.array(z.string()),
    jaegerUrl: z.string().nullable().meta({ description: "The trace in Jaeger's own pages, where there are any." }),
    bars: z.array(bar).meta({ description: 'Parents before their children.' }),
  })
  .meta({ id: 'Trace', description: 'What happened, span by span.' });

const params = z.object({ id: z.string().regex(/^[0-9a-f]{16,32}$/) });

const show = (parts: TraceParts) =>
  route({
    method: 'get',
    path: '/api/traces/:id',
    tag: 'traces',
    summary: 'Shows a trace, its spans in the order in which they are drawn.',
    role: 'viewer',
    params,
    responses: { 200: resource },
    problems: ['trace-not-found', 'dependency-unavailable'],
    async handle({ params: { id } }) {
      const { uiUrl } = parts;
      return { id, jaegerUrl: uiUrl ? `${uiUrl}/trace/${id}` : null, ...waterfall(await spansOf(id, parts)) };
    },
  });

const stage = z
  .object({
    id: z.string(),
    name: z.string(),
    run: z.int().meta({ description: 'Which time the engine began with the mesh, from 1.' }),
    offsetMs: z.number().meta({ description: 'After it began.' }),
    durationMs: z.number(),
    share: z.number().min(0).max(1).meta({ description: 'Of all stages of the run.' }),
    hasFailed: z.boolean(),
  })
  .meta({ id: 'MeshStage', description: 'One stage of the mesh engine’s work.' });

const stages = (parts: TraceParts) =>
  route({
    method: 'get',
    path: '/api/traces/:id/stages',
    tag: 'traces',
    summary: 'Tells how long the mesh engine was at each stage of a mesh, as the trace of its making tells.',
    role: 'viewer',
    params,
    query: z.object({ mesh: z.uuid() }),
    responses: {
      200: z
        .object({ items: z.array(stage), nextCursor: z.null() })
        .meta({ description: 'Run by run; none when the engine had nothing to do.' }),
    },
    problems: ['trace-not-found', 'dependency-unavailable'],
    handle: async ({ params: { id }, query: { mesh } }) => ({
      items: meshStages(await spansOf(id, parts), mesh),
      nextCursor: null,
    }),
  });

async function spansOf(id: string, { traces }: TraceParts): Promise<readonly Span[]> {
  if (!traces) throw problem('dependency-unavailable', { dependency: 'Jaeger (JAEGER_QUERY_URL is not set)' });
  const spans = await traces.find(id).catch((error: unknown) => {
    throw problem('dependency-unavailable', { dependency: 'Jaeger' }, { cause: error });
  });
  if (spans.length === 0) throw problem('trace-not-found', { id });
  return spans;
}
