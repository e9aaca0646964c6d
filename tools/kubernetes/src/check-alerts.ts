import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { promtool } from '@millrace/stack';

const report = (line: string) => void process.stderr.write(`${line}\n`);
const run = promisify(execFile);

/** The rules are well formed, and tell what their tests say: by Prometheus's own tool. Where it cannot be had that is said aloud. */
export async function checkAlerts(folder: string): Promise<string[]> {
  const program = await promtool(report);
  if (!program) {
    report('ALERT RULES NOT CHECKED: promtool is not on PATH and may not be installed here; 0 tests of rules were run');
    return [];
  }
  const ask = (...args: string[]) =>
    run(program, args, { cwd: folder }).then(
      () => [],
      (error: { stdout: string; stderr: string }) => [`${error.stdout}${error.stderr}`.trim()],
    );
  return [...(await ask('check', 'rules', 'alerts.yaml')), ...(await ask('test', 'rules', 'alerts.test.yaml'))];
}
