import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.ts';
import { runCommand, tool } from './command.ts';

/** Format, lint and order of imports; its rules and their exceptions stand in biome.jsonc. */
export const lint = toolCheck('format and lint', 'biome', [
  'check',
  '--reporter=concise',
  '--max-diagnostics=100',
  '.',
]);

/** Promises that nobody waits for, judged by their types. */
export const promises = toolCheck('promises', 'oxlint', ['--type-aware', '--format=unix', '--deny-warnings', '.']);

export const types = toolCheck('types', 'tsc', ['--pretty', 'false', '-p', '.']);

/** What runs in a browser has other types around it. */
export const webTypes = toolCheck('types of the web app', 'tsc', ['--pretty', 'false', '-p', 'services/console/web']);

/** Files, exports and dependencies that nobody uses. */
export const unused = toolCheck('unused code', 'knip', ['--no-progress', '--no-config-hints']);

/** The import rules of ARCHITECTURE.md. Red too when no module was seen, because rules that saw nothing are always kept. */
export const structure: Check = {
  name: 'structure',
  async run(root) {
    const rooms = ['packages', 'services', 'tools', 'tests', 'bench', 'chaos'].filter((room) =>
      existsSync(join(root, room)),
    );
    const args = ['--config', '.dependency-cruiser.js', '--output-type', 'json', ...rooms];
    const { exitCode, output } = await runCommand(tool('depcruise'), args, root);
    return readCruise(output) ?? failure(exitCode || 1, output);
  },
};

/** Files that a program of the repository writes: it is asked whether it would write them as they are. */
export function generated(name: string, script: string): Check {
  return {
    name,
    async run(root) {
      if (!existsSync(join(root, script)))
        return [`${script} is missing; it keeps the generated files and takes --check`];
      const { exitCode, output } = await runCommand(tool('node'), [script, '--check'], root);
      return failure(exitCode, output);
    },
  };
}

function toolCheck(name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    async run(root) {
      const { exitCode, output } = await runCommand(tool(program), args, root);
      return failure(exitCode, output);
    },
  };
}

const failure = (exitCode: number, output: string): string[] =>
  exitCode === 0 ? [] : [output.trim() || `ended with exit code ${exitCode} and said nothing`];

type Cruise = {
  summary: {
    totalCruised: number;
    violations: { rule: { name: string }; from: string; to: string; comment?: string }[];
  };
};

/** @returns undefined when the output is no report at all. */
function readCruise(output: string): string[] | undefined {
  const report = parse(output);
  if (!report) return undefined;
  const { totalCruised, violations } = report.summary;
  if (totalCruised === 0)
    return ['no module was seen, so no rule was tried; does .dependency-cruiser.js fit the TypeScript version?'];
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

function parse(output: string): Cruise | undefined {
  try {
    return JSON.parse(output) as Cruise;
  } catch {
    return undefined;
  }
}
