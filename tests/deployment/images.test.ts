import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { environmentIn, readDockerfile, wordsOf } from '@millrace/kubernetes';
import { freePort, repositoryRoot } from '@millrace/stack';
import { components, isFull, until } from '@millrace/testkit';

const run = promisify(execFile);
/** Of the images. A test that may not become somebody else runs them as itself. */
const person = process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : {};

// Minutes of installing; `make check-k8s` reads the Dockerfiles each time.
(isFull() ? describe : describe.skip)('what the Dockerfiles build and run', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'millrace-images-'));
    await chmod(scratch, 0o755);
    await copyContext(repositoryRoot, join(scratch, 'workspace'));
  }, 120_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(scratch, { recursive: true, force: true });
  });

  test.each([
    { folder: 'services/campaign', page: undefined },
    { folder: 'services/console', page: '<div id="app">' },
  ])(
    '$folder is ready as nobody, with nothing that it may write to but its folders, and ends by SIGTERM',
    async ({ folder, page }) => {
      const image = await built(scratch, folder);
      const program = await image.start();

      await until(async () => (await fetch(`${program.url}/readyz`)).ok, { withinMs: 60_000 });
      expect(await image.probe(program)).toBe(0);
      if (page) expect(await (await fetch(program.url, { headers: { accept: 'text/html' } })).text()).toContain(page);
      expect(await end(program.child)).toEqual([0, null]);
      expect(await writable(image.target)).toEqual([]);
    },
    300_000,
  );

  test('an image holds what its program stands on and no test, no tool, no development package', async () => {
    const { target } = await built(scratch, 'services/campaign');

    const files = await readdir(target, { recursive: true });
    const sbom = JSON.parse(await readFile(join(target, 'sbom.json'), 'utf8')) as { components: { name: string }[] };
    const names = sbom.components.map(({ name }) => name);

    expect(files.filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))).toEqual([]);
    expect(await readdir(join(target, 'services'))).toEqual(['campaign']);
    expect(files).not.toContain('packages/testkit');
    expect(names).toContain('express');
    expect(names.filter((name) => ['typescript', 'jest', 'vite', 'knip'].includes(name))).toEqual([]);
  }, 300_000);

  test('the mesh engine serves as nobody, answers its probe and ends by SIGTERM', async () => {
    const engine = join(scratch, 'workspace/services/mesh-engine');
    const target = join(scratch, 'mesh-engine');
    const python = await folderOfPython();
    const path = `${python}${delimiter}${process.env['PATH']}`;
    await run('sh', ['assemble.sh', target], { cwd: engine, env: { ...process.env, PATH: path }, maxBuffer: 2 ** 26 });
    const programs = { python: join(python, 'python3') };
    const dockerfile = join(repositoryRoot, 'services/mesh-engine/Dockerfile');
    const image = await imageOf(dockerfile, { target, place: '/mesh-engine', programs });

    const program = await image.start();

    await until(async () => (await image.probe(program)) === 0, { withinMs: 60_000, everyMs: 500 });
    expect(await end(program.child)).toEqual([0, null]);
    const sbom = JSON.parse(await readFile(join(target, 'sbom.json'), 'utf8')) as { components: { name: string }[] };
    expect(sbom.components.map(({ name }) => name)).toContain('grpcio');
  }, 300_000);
});

/** What `COPY . .` would copy: what git knows, without what `.dockerignore` names. */
async function copyContext(root: string, target: string): Promise<void> {
  const ignored = (await readFile(join(root, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('*'));
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, maxBuffer: 2 ** 26 });
  const files = stdout.trim().split('\n');
  for (const file of files.filter((one) => !ignored.some((folder) => one.startsWith(`${folder}/`)))) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(root, file), join(target, file)).catch(() => undefined);
  }
}

/** A Python that this person may run too; one's own often lies in a home that is closed to others. */
async function folderOfPython(): Promise<string> {
  const isFit = 'import pip, sys; assert sys.version_info >= (3, 11)';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const answer = await run(join(folder, 'python3'), ['-c', isFit], person).catch(() => undefined);
    if (answer) return folder;
  }
  throw new Error(
    `no python3 from 3.11 on with pip that the user ${person.uid ?? 'of this test'} may run, in ${folders}`,
  );
}

/** What runs, to be killed by a test that was broken off. */
const children = new Set<ChildProcess>();

/** Assembles once; the second who asks gets the same. */
const images = new Map<string, Promise<Image>>();

function built(scratch: string, folder: string): Promise<Image> {
  const known = images.get(folder) ?? assemble();
  images.set(folder, known);
  return known;

  async function assemble(): Promise<Image> {
    const target = join(scratch, folder.replace('/', '-'));
    const cwd = join(scratch, 'workspace');
    await run('sh', ['infra/images/assemble.sh', folder, target], { cwd, maxBuffer: 2 ** 26 });
    const programs = { node: process.execPath };
    return imageOf(join(repositoryRoot, 'Dockerfile'), { target, place: '/millrace', folder, programs });
  }
}

type Program = { readonly child: ChildProcess; readonly url: string; readonly env: NodeJS.ProcessEnv };
type Image = { readonly target: string; start(): Promise<Program>; probe(program: Program): Promise<number> };
type Assembled = { target: string; place: string; folder?: string; programs: Readonly<Record<string, string>> };

/** Runs what the Dockerfile says, where a container runtime would: its command, its variables, its user, its probe. */
async function imageOf(dockerfile: string, { target, place, folder = '', programs }: Assembled): Promise<Image> {
  const last = readDockerfile(await readFile(dockerfile, 'utf8')).at(-1);
  if (!last) throw new Error(`${dockerfile} has no stage`);
  const programOf = (words: readonly string[] = []) => ({
    command: programs[words[0] ?? ''] ?? '',
    args: words.slice(1),
  });
  const cwd = join(target, folder);
  return {
    target,
    async start() {
      const own = await mkdtemp(join(tmpdir(), 'millrace-image-run-'));
      await chmod(own, 0o777);
      const port = await freePort();
      const said = Object.entries(environmentIn(last)).map(([name, value]) => [name, value.replace(place, target)]);
      const { mongodbUri, amqpUrl, natsUrl } = components();
      const env = {
        PATH: process.env['PATH'],
        ...Object.fromEntries(said),
        PORT: `${port}`,
        TMPDIR: own,
        AUTH_LOCAL_KEY_FILE: join(own, 'key.json'),
        NAMESPACE: `image-${port}`,
        ...{ MONGODB_URI: mongodbUri, AMQP_URL: amqpUrl, NATS_URL: natsUrl },
      };
      const { command, args } = programOf(wordsOf(last, 'CMD'));
      const child = spawn(command, args, { cwd, env, stdio: 'ignore', ...person });
      children.add(child);
      child.once('exit', () => void rm(own, { recursive: true, force: true }));
      return { child, url: `http://127.0.0.1:${port}`, env };
    },
    async probe({ env }) {
      const { command, args } = programOf(wordsOf(last, 'HEALTHCHECK'));
      const [code] = await once(spawn(command, args, { cwd, env, stdio: 'ignore', ...person }), 'exit');
      return code as number;
    },
  };
}

async function end(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  return ended;
}

/** Files and folders that the user of the image may write to. */
async function writable(target: string): Promise<string[]> {
  if (!person.uid) return [];
  const { stdout } = await run('find', [target, '-writable', '-not', '-type', 'l'], { ...person, maxBuffer: 2 ** 26 });
  return stdout.split('\n').filter(Boolean);
}
