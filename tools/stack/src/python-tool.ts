import { installed } from './installation.ts';
import type { Program, Reporter } from './program.ts';

type PythonTool = {
  /** Of its package. */
  readonly name: string;
  readonly version: string;
  /** Packages that it needs and does not name itself. */
  readonly besides?: readonly string[];
};

/**
 * A Python with one tool in it, in an environment of its own; installed on the first use of this machine. Call the tool as a module:
 * the environment was moved after pip had written the paths of scripts.
 * @throws with the remedy when there is no Python, or with pip's last lines.
 */
export const pythonTool = ({ name, version, besides = [] }: PythonTool, report: Reporter): Promise<Program> =>
  installed(
    {
      title: `${name} ${version}`,
      folder: `${name}/${version}`,
      binary: 'python',
      tool: 'python3',
      remedy: 'install Python 3.11 or newer with its venv module (apt-get install python3-venv, brew install python)',
      usually: 'about 30 seconds',
      step: (target) => ({ args: ['-c', asShell(makeEnvironment), target, `${name}==${version}`, ...besides] }),
    },
    report,
  );

const makeEnvironment =
  'python3 -m venv "$1"; python="$1/bin/python"; shift; "$python" -m pip install --disable-pip-version-check --no-input --quiet "$@"';

// The tool that has to be there is Python; what makes an environment of it is a shell.
const asShell = (script: string): string =>
  `import subprocess, sys; sys.exit(subprocess.call(["sh", "-euc", ${JSON.stringify(script)}, "sh", *sys.argv[1:]]))`;
