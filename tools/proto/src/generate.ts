import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enginePython } from '@millrace/stack';
import { type GeneratedFolder, readFolder } from './generated-folder.ts';
import { ownTool, run } from './run.ts';

/** Everything that follows from proto/, made afresh. @throws with the generator's words when it fails. */
export async function generate(root: string): Promise<GeneratedFolder[]> {
  const { path: interpreter } = await enginePython((line) => process.stderr.write(`${line}\n`));
  const out = await mkdtemp(join(tmpdir(), 'millrace-proto-'));
  try {
    return await Promise.all([typescript(root, out, interpreter), python(root, out, interpreter)]);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

const typescriptOptions = [
  'outputServices=grpc-js',
  'env=node',
  'esModuleInterop=true',
  'useOptionals=messages',
  'oneof=unions-value',
  'forceLong=bigint',
  'useDate=true',
  'removeEnumPrefix=true',
  'stringEnums=false',
  'unrecognizedEnum=true',
  'outputIndex=false',
  // Without these two Node cannot strip the types of what comes out.
  'enumsAsLiterals=true',
  'importSuffix=.ts',
];

// The standard form of details of an error. They come with a Python package of the engine, and so in one version for both sides.
const errorMessages = ['status.proto', 'error_details.proto'];

async function typescript(root: string, folder: string, interpreter: string): Promise<GeneratedFolder> {
  const [source, out] = [join(folder, 'source'), join(folder, 'typescript')];
  await cp(join(root, 'proto'), source, { recursive: true });
  const rpc = await run(interpreter, ['-c', 'import google.rpc; print(*google.rpc.__path__)'], root);
  for (const name of errorMessages) await cp(join(rpc.trim(), name), join(source, 'google/rpc', name));
  const plugin = { local: ownTool('protoc-gen-ts_proto'), out, opt: typescriptOptions };
  await run(ownTool('buf'), ['generate', '--template', JSON.stringify({ version: 'v2', plugins: [plugin] })], source);
  const made = await readFolder(out);
  // The linters leave the folder out; the comment that would switch them off needed a reason beside it.
  const files = new Map([...made].map(([name, text]) => [name, text.replaceAll(/^.*eslint\W+disable.*\n/gm, '')]));
  return { path: 'packages/mesh-rpc/src/generated', files };
}

/** The folder within which Python finds its own modules, and protoc the contract: so the ones import each other by the name of the package. */
const pythonPackage = 'mesh_engine/generated';

async function python(root: string, folder: string, interpreter: string): Promise<GeneratedFolder> {
  const out = join(folder, 'python');
  await mkdir(out);
  const outs = ['--python_out', '--pyi_out', '--grpc_python_out'].map((option) => `${option}=${out}`);
  const source = `--proto_path=${pythonPackage}=${join(root, 'proto/mesh/v1')}`;
  await run(interpreter, ['-m', 'grpc_tools.protoc', source, ...outs, `${pythonPackage}/mesh.proto`], root);
  const files = new Map(await readFolder(join(out, pythonPackage)));
  files.set('__init__.py', '"""Generated from proto/mesh/v1/mesh.proto by tools/proto."""\n');
  return { path: `services/mesh-engine/${pythonPackage}`, files };
}
