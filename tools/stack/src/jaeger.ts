import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { stackConfig } from './config.ts';
import { conversation } from './conversation.ts';
import { installJaeger } from './installations.ts';
import type { Program, Reporter } from './program.ts';
import { onSearchPath } from './program.ts';
import type { Place, Ports, Recipe } from './recipe.ts';

const keptTraces = 20_000;

/** Jaeger v2 with its traces in memory: OTLP in, query API out. Built here it has no web pages, only the API. */
export const jaeger: Recipe = {
  name: 'jaeger',
  program: findJaeger,

  async prepare(place, program) {
    const file = await writeConfiguration(place, (role) => `127.0.0.1:${place.ports[role]}`);
    return [
      {
        command: program.path,
        args: ['--config', file],
        env: quietEnvironment(),
        cwd: place.config,
        logFile: place.logFile,
      },
    ];
  },

  async container(place) {
    const inside: Ports = { query: 16686, queryGrpc: 16685, otlpGrpc: 4317, otlpHttp: 4318 };
    const file = await writeConfiguration(place, (role) => `0.0.0.0:${inside[role]}`);
    return {
      options: ['-v', `${file}:/etc/jaeger/config.yaml:ro`],
      args: ['--config', '/etc/jaeger/config.yaml'],
      dataPath: '/tmp',
    };
  },

  async probe(ports) {
    const answer = await fetch(`${url(ports)}/api/services`, { signal: AbortSignal.timeout(2_000) });
    if (!answer.ok) throw new Error(`the query API answers ${answer.status}`);
    await answer.arrayBuffer();
    // Any HTTP answer will do: the receiver of spans listens.
    await conversation(ports['otlpHttp'] as number, Buffer.from('GET / HTTP/1.0\r\n\r\n'));
  },

  url,
  env: (ports) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports['otlpHttp']}`,
    JAEGER_QUERY_URL: url(ports),
  }),
};

function url(ports: Ports): string {
  return `http://127.0.0.1:${ports['query']}`;
}

async function writeConfiguration(place: Place, endpoint: (role: string) => string): Promise<string> {
  const file = join(place.config, 'jaeger.yaml');
  await writeFile(file, stringify(jaegerConfiguration(endpoint)));
  return file;
}

function jaegerConfiguration(endpoint: (role: string) => string): unknown {
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] } },
      // Its own metrics would take a port of their own.
      telemetry: { metrics: { level: 'none' }, logs: { level: 'warn' } },
    },
    extensions: {
      jaeger_query: {
        storage: { traces: 'memory' },
        http: { endpoint: endpoint('query') },
        grpc: { endpoint: endpoint('queryGrpc') },
      },
      jaeger_storage: { backends: { memory: { memory: { max_traces: keptTraces } } } },
    },
    receivers: {
      otlp: { protocols: { grpc: { endpoint: endpoint('otlpGrpc') }, http: { endpoint: endpoint('otlpHttp') } } },
    },
    processors: { batch: { timeout: '100ms' } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}

/** Without the caller's OTEL_ settings, and without spans about itself: it would wait 10 s at its end for a place to send them to. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(stackConfig.environment()).filter(([name]) => !name.startsWith('OTEL_'));
  return { ...Object.fromEntries(entries), OTEL_TRACES_SAMPLER: 'always_off' };
}

async function findJaeger(report: Reporter): Promise<Program> {
  const path = await onSearchPath('jaeger');
  return path ? { path, kind: 'on PATH' } : installJaeger(report);
}
