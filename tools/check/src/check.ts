/** Something that is held true of the repository. */
export type Check = {
  readonly name: string;
  /** @param root the repository's folder. @returns one line for each violation, `file:line: what is wrong; what to do`; none means green. */
  run(root: string): Promise<readonly string[]>;
};

type Verdict = { readonly name: string; readonly seconds: number; readonly findings: readonly string[] };

/**
 * Runs the checks, `width` at a time in their order, and writes one line for each as it ends, with the findings below a red one.
 * A check that throws is red. @returns whether all are green.
 */
export async function runChecks(
  checks: readonly Check[],
  { root, width = 2, write }: { root: string; width?: number; write: (line: string) => void },
): Promise<boolean> {
  const waiting = [...checks];
  const verdicts: Verdict[] = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const verdict = await judge(check, root);
      verdicts.push(verdict);
      write(report(verdict));
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  write(summary(verdicts));
  return verdicts.every(isGreen);
}

async function judge(check: Check, root: string): Promise<Verdict> {
  const startedAt = performance.now();
  const findings = await check.run(root).catch((error: unknown) => [`the check itself broke: ${describe(error)}`]);
  return { name: check.name, seconds: (performance.now() - startedAt) / 1_000, findings };
}

const isGreen = ({ findings }: Verdict): boolean => findings.length === 0;

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function report(verdict: Verdict): string {
  const { name, seconds, findings } = verdict;
  const line = `${isGreen(verdict) ? 'ok ' : 'RED'} ${name.padEnd(28)} ${seconds.toFixed(1).padStart(5)} s`;
  return [line, ...findings.map((finding) => finding.replaceAll(/^/gm, '    '))].join('\n');
}

function summary(verdicts: readonly Verdict[]): string {
  const red = verdicts.filter((verdict) => !isGreen(verdict)).map(({ name }) => name);
  if (red.length === 0) return `${verdicts.length} checks, all green`;
  return `${verdicts.length} checks, ${red.length} red: ${red.join(', ')}`;
}
