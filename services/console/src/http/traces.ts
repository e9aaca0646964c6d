import { problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Traces } from '../clients/jaeger.ts';
import { waterfall } from '../domain/waterfall.ts';

/** Traces, laid out for drawing. */
export const traceRoutes = (parts: TraceParts): readonly Route[] => [show(parts)];

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

const show = ({ traces, uiUrl }: TraceParts) =>
  route({
    method: 'get',
    path: '/api/traces/:id',
    tag: 'traces',
    summary: 'Shows a trace, its spans in the order in which they are drawn.',
    role: 'viewer',
    params: z.object({ id: z.string().regex(/^[0-9a-f]{16,32}$/) }),
    responses: { 200: resource },
    problems: ['trace-not-found', 'dependency-unavailable'],
    async handle({ params: { id } }) {
      if (!traces) throw problem('dependency-unavailable', { dependency: 'Jaeger (JAEGER_QUERY_URL is not set)' });
      const spans = await traces.find(id).catch((error: unknown) => {
        throw problem('dependency-unavailable', { dependency: 'Jaeger' }, { cause: error });
      });
      if (spans.length === 0) throw problem('trace-not-found', { id });
      return { id, jaegerUrl: uiUrl ? `${uiUrl}/trace/${id}` : null, ...waterfall(spans) };
    },
  });
