import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

/** This repository, whose own tools are used also when a check looks at another folder. */
const repository = resolve(import.meta.dirname, '../../..');

/** The path of a tool that the lock file brings. */
export const tool = (name: string): string => join(repository, 'node_modules/.bin', name);

type Ended = { readonly exitCode: number; readonly output: string };

/** Runs a program to its end, in the folder `cwd`. `output` is both of its streams as they came. */
export async function runCommand(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  const exitCode = await new Promise<number>((settle, reject) => {
    child.on('error', (error) => reject(new Error(`${program} could not be started`, { cause: error })));
    child.on('close', (code) => settle(code ?? 1));
  });
  return { exitCode, output };
}
