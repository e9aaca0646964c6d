import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localToken, pythonTool, type Role } from '@millrace/stack';
import { type ServiceName, serviceNames, type WholeCluster } from '../cluster/whole-cluster.ts';
import type { ScenarioRun } from '../scenario.ts';

const forms = {
  short: { roles: ['admin'], examples: 5 },
  long: { roles: ['member', 'admin'], examples: 60 },
} as const;

/** A 5xx, a status, a type or a body that the document does not name. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];
/** Streams never end, and a worker that is told to stop does. */
const leftOut = '(/events|/workers/\\{id\\}/stop)$';
/** An address line of 16 KiB is refused before anybody knows which operation it asks for. */
const tooLong = '[431]';

type Asked = { readonly requests: number; readonly operations: number; readonly faults: readonly string[] };

/** Lets schemathesis make requests up from the document of each service, with tokens that are good. */
export async function spoilRequests(cluster: Pick<WholeCluster, 'urlsOf'>, run: ScenarioRun): Promise<Asked> {
  const { roles, examples } = run.isLong ? forms.long : forms.short;
  const python = await pythonTool({ name: 'schemathesis', version: '4.32.5' }, run.say);
  const asked: Asked[] = [];
  for (const service of serviceNames)
    for (const role of roles) {
      const one = await spoilRequestsOf({ cluster, service, role, examples, python: python.path, run });
      run.say(`${one.requests} requests to ${service} as ${role}`);
      asked.push(one);
    }
  return {
    requests: asked.reduce((sum, { requests }) => sum + requests, 0),
    operations: asked.reduce((sum, { operations }) => sum + operations, 0),
    faults: asked.flatMap(({ faults }) => faults),
  };
}

type Asking = {
  readonly cluster: Pick<WholeCluster, 'urlsOf'>;
  readonly service: ServiceName;
  readonly role: Role;
  readonly examples: number;
  readonly python: string;
  readonly run: ScenarioRun;
};

async function spoilRequestsOf({ cluster, service, role, examples, python, run }: Asking): Promise<Asked> {
  const [url] = cluster.urlsOf(service);
  const report = join(run.directory, `requests-${service}-${role}`);
  const token = await localToken(role, `hostile-${role}`);
  const args = [
    '-m',
    'schemathesis.cli',
    'run',
    `${url}/openapi.json`,
    '--url',
    url,
    '-H',
    `Authorization: Bearer ${token}`,
  ];
  args.push('--phases', 'coverage,fuzzing', '--checks', checks.join(), '--exclude-path-regex', leftOut);
  args.push(
    '-n',
    String(examples),
    '--seed',
    String(run.seed),
    '--workers',
    '2',
    '--no-shrink',
    '--continue-on-failure',
  );
  args.push(
    '--request-timeout',
    '40',
    '--suppress-health-check',
    'all',
    '--generation-database',
    'none',
    '--warnings',
    'off',
  );
  args.push('--no-color', '--report', 'json', '--report-json-path', `${report}.json`);
  const child = spawn(python, args, { cwd: run.directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  await writeFile(`${report}.log`, said);
  const { test_cases, operations, complete }: Report = JSON.parse(await readFile(`${report}.json`, 'utf8'));
  return {
    requests: test_cases.generated,
    operations: operations.tested,
    faults: [
      ...faultsIn(said).map((fault) => `${service} as ${role}: ${fault}`),
      ...(complete ? [] : [`${service} as ${role}: not all was asked, see ${report}.log`]),
    ],
  };
}

type Report = {
  readonly complete: boolean;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number };
};

/** Each failure with its operation, what is wrong, the answer, and the request that shows it again. */
function faultsIn(said: string): string[] {
  const sections = said.split(/^_{3,} (.+?) _{3,}$/m).slice(1);
  const faults: string[] = [];
  for (let index = 0; index + 1 < sections.length; index += 2) {
    const [operation, text = ''] = sections.slice(index, index + 2);
    for (const one of text.split(/^\d+\. Test Case ID: /m).slice(1)) {
      if (one.includes(tooLong)) continue;
      const titles = [...one.matchAll(/^- ST\d+ (.+)$/gm)].map(([, title]) => title);
      const answer = one
        .match(/^\[\d{3}\][\s\S]*?(?=Reproduce with:)/m)?.[0]
        .trim()
        .slice(0, 300);
      const request = one.match(/curl .+/)?.[0].slice(0, 600);
      faults.push(`${operation}: ${titles.join(', ')}; ${answer}; ${request}`);
    }
  }
  return faults;
}
