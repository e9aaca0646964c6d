import type { TraceSpan } from '@millrace/stack';

/** A span by the service that made it and its name. */
export type SpanName = `${string}: ${string}`;

/** The second one happens inside of, or because of, the first one. */
export type Edge = readonly [parent: SpanName, child: SpanName];

/** Those of the expected edges that a trace does not show. */
export function missingEdges(spans: readonly TraceSpan[], expected: readonly Edge[]): Edge[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const found = new Set(
    spans.map((span) => {
      const parent = byId.get(span.parentId ?? '');
      return parent ? `${nameOf(parent)} -> ${nameOf(span)}` : '';
    }),
  );
  return expected.filter(([parent, child]) => !found.has(`${parent} -> ${child}`));
}

/** Spans whose parent is not in the trace; a connected trace has one. */
export function beginnings(spans: readonly TraceSpan[]): SpanName[] {
  const ids = new Set(spans.map(({ id }) => id));
  return spans.filter(({ parentId }) => !ids.has(parentId ?? '')).map(nameOf);
}

const nameOf = ({ service, name }: TraceSpan): SpanName => `${service}: ${name}`;
