import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const exported = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.number(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A span as it left a process. */
export type SunkSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  name: string;
  kind: number;
  /** The last part of the instrumentation's name: `http`, `express`, `mongodb`. */
  by: string;
};

/** An OTLP/HTTP collector that only remembers. */
export async function startOtlpSink(): Promise<{ endpoint: string; spans: SunkSpan[]; stop(): Promise<void> }> {
  const spans: SunkSpan[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    const body = Buffer.concat(await request.toArray());
    for (const { scopeSpans } of exported.parse(JSON.parse(body.toString())).resourceSpans) {
      for (const { scope, spans: sent } of scopeSpans) {
        spans.push(...sent.map((span) => ({ ...span, by: scope.name.split('instrumentation-').at(-1) ?? scope.name })));
      }
    }
  };
  const server = createServer((request, response) => {
    void take(request).then(() => response.setHeader('Content-Type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
