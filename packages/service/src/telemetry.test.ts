import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterFile, components, until } from '@millrace/testkit';
import { mintLocalToken } from './local-key.ts';
import { startOtlpSink } from './otlp-sink.ts';

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

async function startTraced(endpoint: string | undefined) {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', '@millrace/service/register', fileURLToPath(new URL('./traced-process.ts', import.meta.url))],
    {
      cwd: import.meta.dirname,
      env: {
        ...process.env,
        AMQP_URL: amqpUrl,
        NATS_URL: natsUrl,
        MONGODB_URI: mongodbUri,
        NAMESPACE: `kit-traced-${process.pid}`,
        PORT: '0',
        LOG_LEVEL: 'info',
        ...(endpoint && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  afterFile(async () => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (data) => (output += data));
  child.stderr?.on('data', (data) => (output += data));
  const url = await until(() => /listening (http:\S+)/.exec(output)?.[1], { withinMs: 20_000, message: 'listening' });
  await until(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 20_000, message: 'ready' });
  return { url, child, output: () => output };
}

async function postNote(url: string): Promise<Response> {
  const token = await mintLocalToken({ role: 'member', sub: 'ada' });
  return fetch(`${url}/notes`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': 'note-1',
      traceparent: `00-${caller.traceId}-${caller.spanId}-01`,
    },
    body: JSON.stringify({ text: 'hello' }),
  });
}

test('one request makes one trace over http, express and mongodb, sent out at the stop', async () => {
  const sink = await startOtlpSink();
  afterFile(() => sink.stop());
  const { url, child, output } = await startTraced(sink.endpoint);

  const answer = await postNote(url);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  child.kill('SIGTERM');
  const [exitCode] = await once(child, 'exit');

  expect([answer.status, exitCode]).toEqual([201, 0]);
  const ours = sink.spans.filter(({ traceId }) => traceId === caller.traceId);
  const root = ours.find(({ parentSpanId }) => parentSpanId === caller.spanId);
  expect(root).toMatchObject({ by: 'http', name: 'POST /notes', kind: 2 });
  expect(answer.headers.get('traceparent')).toBe(`00-${caller.traceId}-${root?.spanId}-01`);
  const ids = new Set(ours.map(({ spanId }) => spanId));
  expect(ours.filter((span) => span !== root && !ids.has(span.parentSpanId ?? ''))).toEqual([]);
  expect(new Set(ours.map(({ by }) => by))).toEqual(new Set(['http', 'express', 'mongodb']));
  // Commands that requests share are in the trace of one that is alone.
  expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(['insert notes', 'update idempotency']));
  expect(sink.spans.filter(({ name }) => /readyz|metrics/.test(name))).toEqual([]);

  const lines = output()
    .split('\n')
    .filter((line) => line.includes('note kept') || line.includes('"msg":"request"'));
  const traceIds = lines.map((line) => (JSON.parse(line) as { trace_id?: string }).trace_id);
  expect(traceIds).toEqual([caller.traceId, caller.traceId]);
  expect(output()).not.toContain('Bearer');

  expect(metrics).toMatch(/^jobs_completed_total\{job="note.write"\} 1$/m);
  expect(metrics).toMatch(/^jobs_wait_seconds_sum\{job="note.write"\} 0.25$/m);
  expect(metrics).toMatch(/^ledger_imbalance\{job="note.write"\} 0$/m);
  expect(metrics).toMatch(
    /^http_server_request_duration_seconds_count\{http_request_method="POST",http_route="\/notes",http_response_status_code="201"\} 1$/m,
  );
  expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(metrics).toMatch(/^nodejs_eventloop_/m);
});
