import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

// Reads what to end from a pipe and waits. When this process dies, even by kill -9, the system closes the pipe and the script ends what is left.
// No `--` before the group's number: dash takes it for a number.
const script = `
groups=; containers=
without() { kept=; for one in $1; do [ "$one" = "$2" ] || kept="$kept $one"; done; }
while read -r sign kind id; do
  case "$sign$kind" in
    +group) groups="$groups $id" ;;
    -group) without "$groups" "$id"; groups=$kept ;;
    +container) containers="$containers $id" ;;
    -container) without "$containers" "$id"; containers=$kept ;;
  esac
done
for one in $groups; do kill -9 "-$one" 2>/dev/null; done
for one in $containers; do docker rm -f "$one" >/dev/null 2>&1; done
`;

let guard: ChildProcess | undefined;

/** Has a process group (or container) ended when this process dies in whatever way, until `release`. */
export const watchdog = {
  guardGroup: (processGroup: number): void => tell(`+ group ${processGroup}`),
  releaseGroup: (processGroup: number): void => tell(`- group ${processGroup}`),
  guardContainer: (name: string): void => tell(`+ container ${name}`),
  releaseContainer: (name: string): void => tell(`- container ${name}`),
};

function tell(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard(): ChildProcess {
  // A session of its own: a Ctrl-C at the terminal must not take the guard before it has done its work.
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}
