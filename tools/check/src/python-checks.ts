import { join } from 'node:path';
import { enginePython } from '@millrace/stack';
import type { Check } from './check.ts';
import { runCommand } from './command.ts';

const engine = 'services/mesh-engine';

/** Format, lint and docstrings of the mesh engine; the rules and their exceptions stand in its pyproject.toml. */
export const pythonLint: Check = {
  name: 'python format and lint',
  run: async (root) => [
    ...(await runModule(root, 'ruff', ['check', '--output-format=concise', '--quiet', '.'])),
    ...(await runModule(root, 'ruff', ['format', '--check', '--quiet', '.'])),
  ],
};

export const pythonTypes: Check = {
  name: 'python types',
  run: (root) => runModule(root, 'mypy', ['--no-error-summary']),
};

/** Runs a tool of the engine's environment in the engine's folder. @returns what it said when it was not content. */
async function runModule(root: string, module: string, args: readonly string[]): Promise<readonly string[]> {
  const python = await enginePython((line) => process.stderr.write(`${line}\n`));
  const { exitCode, output } = await runCommand(python.path, ['-m', module, ...args], join(root, engine));
  return exitCode === 0 ? [] : [output.trim() || `${module} ended with exit code ${exitCode} and said nothing`];
}
