import { plantRepository } from './planted-repository.ts';
import { generated, lint, promises, structure, types, unused } from './tool-checks.ts';

const long = (lines: number, line: string) => `${line}\n`.repeat(lines);
const branches = (count: number) =>
  Array.from({ length: count }, (_, n) => `  if (a === ${n} && b !== ${n}) return ${n};\n`).join('');

describe('format and lint', () => {
  const planted: Record<string, string> = {
    'format a.ts': 'export const a    = 1;\n',
    'noDefaultExport b.ts': 'export default 1;\n',
    'noEnum c.ts': 'export enum Colour {\n  red,\n}\n',
    'noExplicitAny d.ts': 'export const d = (x: any) => x;\n',
    'noConsole e.ts': "console.log('e');\n",
    'noExcessiveLinesPerFile f.ts': long(301, 'void 0;'),
    'noExcessiveLinesPerFunction g.ts': `export function g() {\n${long(61, '  void 0;')}}\n`,
    'noExcessiveCognitiveComplexity h.ts': `export function h(a: number, b: number) {\n${branches(9)}  return -1;\n}\n`,
    'noProcessEnv i.ts': "export const i = process.env['I'];\n",
    'noReExportAll j.ts': "export * from './clean.ts';\n",
    'noIdenticalTestTitle k.test.ts': "test('x', () => {});\ntest('x', () => {});\n",
    'noImportCycles l.ts': "import { m } from './m.ts';\nexport const l = m;\n",
    'useFilenamingConvention camelCase.ts': 'export const n = 1;\n',
    'useErrorCause o.ts': "try {\n  void 0;\n} catch (e) {\n  throw new Error('lost');\n}\n",
    'noNonNullAssertion p.ts': 'export const p = (x?: number) => x! + 1;\n',
    'noParameterProperties q.ts': 'export class Q {\n  constructor(readonly q: number) {}\n}\n',
  };
  let findings = '';

  beforeAll(async () => {
    const files = Object.entries(planted).map(([title, text]) => [`packages/x/src/${title.split(' ')[1]}`, text]);
    await using repository = await plantRepository({
      ...Object.fromEntries(files),
      'packages/x/src/m.ts': "import { l } from './l.ts';\n\nexport const m = () => l;\n",
      'packages/x/src/clean.ts': 'export const clean = true;\n',
      'packages/x/src/config.ts': "export const port = process.env['PORT'];\n",
    });
    findings = (await lint.run(repository.root)).join('\n');
  });

  test.each(Object.keys(planted))('sees %s', (title) => {
    const [rule, file] = title.split(' ');

    expect(findings).toMatch(new RegExp(`src/${file}:.*${rule}`));
  });

  test('says nothing of clean files, nor of the environment in a config.ts', () => {
    expect(findings).not.toMatch(/clean\.ts|config\.ts/);
  });
});

describe('structure', () => {
  const campaign = 'services/campaign/src';
  const planted: Record<string, [file: string, text: string]> = {
    'doors-never-import-each-other': [`${campaign}/http/a.ts`, "import '../jobs/job.ts';"],
    'domain-is-pure': [`${campaign}/domain/b.ts`, "import 'node:fs';"],
    'outlets-never-import-doors': [`${campaign}/store/c.ts`, "import '../jobs/job.ts';"],
    'services-never-import-services': [`${campaign}/clients/d.ts`, "import '../../../music/src/domain/music.ts';"],
    'packages-never-import-services': [
      'packages/jobs/src/e.ts',
      "import '../../../services/music/src/domain/music.ts';",
    ],
    'only-store-and-packages-touch-mongoose': [`${campaign}/http/f.ts`, "import 'mongoose';"],
    'only-packages-jobs-touches-amqplib': ['packages/service/src/g.ts', "import 'amqplib';"],
    'only-packages-events-touches-nats': [`${campaign}/events/h.ts`, "import '@nats-io/jetstream';"],
    'contracts-import-zod-only': ['packages/contracts/src/i.ts', "import 'node:path';"],
    'packages-go-by-their-names': ['packages/events/src/o.ts', "import '../../jobs/src/p.ts';"],
    'testkit-is-for-tests': ['packages/service/src/index.ts', "import './j.ts';"],
    'no-invented-rooms': [`${campaign}/managers/k.ts`, "import '../jobs/job.ts';"],
    'no-cycles': ['packages/jobs/src/l.ts', "import './m.ts';"],
    'no-unresolvable': ['packages/jobs/src/n.ts', "import './nowhere.ts';"],
  };
  let findings: readonly string[] = [];

  beforeAll(async () => {
    await using repository = await plantRepository({
      ...Object.fromEntries(Object.values(planted)),
      [`${campaign}/jobs/job.ts`]: 'export const job = 1;',
      [`${campaign}/http/test-may.test.ts`]: "import '../jobs/job.ts';",
      'services/music/src/domain/music.ts': "import 'node:crypto';",
      'packages/testkit/src/until.ts': 'export const until = 1;',
      'packages/jobs/src/m.ts': "import './l.ts';",
      'packages/service/src/j.ts': "import '../../testkit/src/until.ts';",
      'packages/jobs/src/p.ts': 'export const p = 1;',
    });
    findings = await structure.run(repository.root);
  });

  test.each(Object.entries(planted))('%s sees its violation', (rule, [file]) => {
    expect(findings).toContainEqual(expect.stringMatching(`^${rule}: ${file} → `));
  });

  test('tests import what they like, and a pure module may count hashes', () => {
    expect(findings.join('\n')).not.toMatch(/test-may|music\.ts →/);
  });

  test('no modules at all are red, not green', async () => {
    await using repository = await plantRepository({
      'packages/x/src/a.ts': 'export const a = 1;',
      '.dependency-cruiser.js': "export default { options: { exclude: { path: '.' } } };",
    });

    expect(await structure.run(repository.root)).toEqual([expect.stringContaining('no module was seen')]);
  });
});

test('types are judged by the flags of the repository', async () => {
  await using repository = await plantRepository({
    'packages/x/src/a.ts': 'export const a = (b: string[]): string => b[0];\n',
  });

  expect(await types.run(repository.root)).toEqual([expect.stringContaining('packages/x/src/a.ts(1,')]);
});

test('a promise of a package that nobody waits for is seen, a deliberate void is not', async () => {
  await using repository = await plantRepository({
    'packages/x/src/a.ts': "import { rm } from 'node:fs/promises';\nrm('a');\nvoid rm('b');\nawait rm('c');\n",
  });

  const findings = await promises.run(repository.root);

  expect(findings).toEqual([
    expect.stringMatching(/^packages\/x\/src\/a\.ts:2:1: .*no-floating-promises\)\]\n\n1 problem$/),
  ]);
});

test('a promise that outlives the `finally` of its function is seen', async () => {
  await using repository = await plantRepository({
    'packages/x/src/a.ts':
      "import { rm } from 'node:fs/promises';\nexport async function a() {\n  try {\n    return rm('a');\n  } finally {\n    await rm('b');\n  }\n}\n",
  });

  const findings = await promises.run(repository.root);

  expect(findings).toEqual([expect.stringMatching(/^packages\/x\/src\/a\.ts:4:12: .*return-await\)\]\n\n1 problem$/)]);
});

test('an unused file, export and dependency are seen', async () => {
  await using repository = await plantRepository({
    'knip.json': '{ "entry": ["main.js"], "project": ["*.js"] }',
    'main.js': "import { used } from './part.js';\nused();\n",
    'part.js': 'export const used = () => {};\nexport const idle = 1;\n',
    'orphan.js': 'export const orphan = 1;\n',
    'package.json': '{ "name": "planted", "type": "module", "dependencies": { "amqplib": "*" } }',
  });

  const [findings] = await unused.run(repository.root);

  for (const what of ['orphan.js', 'idle', 'amqplib']) expect(findings).toContain(what);
  expect(findings).not.toMatch(/\bused\b.*part\.js/);
});

describe('generated files', () => {
  test('what the generator says against them is the finding', async () => {
    await using repository = await plantRepository({
      'make.js':
        "process.stdout.write('docs/x.json differs'); process.exitCode = process.argv[2] === '--check' ? 1 : 0;",
    });

    expect(await generated('x', 'make.js').run(repository.root)).toEqual(['docs/x.json differs']);
  });

  test('a missing generator is red', async () => {
    await using repository = await plantRepository({});

    expect(await generated('x', 'make.js').run(repository.root)).toEqual([
      expect.stringContaining('make.js is missing'),
    ]);
  });
});
