import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ownTool } from './run.ts';

/** What buf has against the contract: its rules stand in proto/buf.yaml. */
export async function contractFaults(root: string): Promise<string[]> {
  const proto = `${root}/proto`;
  const published = await publishedState(root);
  return [
    ...(await complaints(['lint'], proto)),
    ...(await complaints(['format', '--diff', '--exit-code'], proto)),
    ...(published ? await complaints(['breaking', '--against', published], proto) : []),
  ];
}

/**
 * The contract as it stands on main, which those who are already running were generated from. @returns undefined where there is no such
 * branch, or none with a contract, as in an exported tree.
 */
async function publishedState(root: string): Promise<string | undefined> {
  for (const branch of ['main', 'origin/main']) {
    const [commit = ''] = await outputOf('git', ['rev-parse', '--verify', '--quiet', `${branch}:proto`], root);
    if (commit) return `${root}/.git#ref=${branch},subdir=proto`;
  }
  return undefined;
}

async function complaints(args: readonly string[], cwd: string): Promise<string[]> {
  const [output, exitCode] = await outputOf(ownTool('buf'), args, cwd);
  if (exitCode === 0) return [];
  return output ? output.split('\n') : [`buf ${args.join(' ')} ended with ${exitCode} and said nothing`];
}

async function outputOf(program: string, args: readonly string[], cwd: string): Promise<[string, number]> {
  try {
    return [(await promisify(execFile)(program, args, { cwd })).stdout.trim(), 0];
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: number };
    return [`${stdout}${stderr}`.trim(), typeof code === 'number' ? code : 1];
  }
}
