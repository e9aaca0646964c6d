import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Installation, installed } from './installation.ts';
import { installDebianPackage } from './installations.ts';
import { onSearchPath, type Program, type Reporter } from './program.ts';
import { pythonTool } from './python-tool.ts';

export const goRemedy = 'install Go 1.26 or newer (https://go.dev/dl)';

const goTool = (binary: string, version: string, module: string, usually: string): Installation => ({
  title: `${binary} ${version}`,
  folder: `${binary}/${version}`,
  binary,
  tool: 'go',
  remedy: goRemedy,
  usually,
  step: (target) => ({
    args: ['install', `${module}@v${version}`],
    env: { GOBIN: join(target, 'bin'), GOFLAGS: '' },
  }),
});

/** What renders kustomizations: kubectl on PATH, else kustomize. `args` come before the folder. */
export async function kustomize(report: Reporter): Promise<Program & { args: readonly string[] }> {
  const path = await onSearchPath('kubectl');
  if (path) return { path, kind: 'on PATH', args: ['kustomize'] };
  const built = goTool('kustomize', '5.8.0', 'sigs.k8s.io/kustomize/kustomize/v5', 'about 1 minute');
  return { ...(await installed(built, report)), args: ['build'] };
}

/** The linter of manifests. */
export const kubeScore = (report: Reporter): Promise<Program> =>
  installed(goTool('kube-score', '1.20.0', 'github.com/zegl/kube-score/cmd/kube-score', 'about 1 minute'), report);

/** A Python with kubernetes-validate, which carries the API schemas of all versions: call it as a module. */
export const kubernetesValidate = (report: Reporter): Promise<Program> =>
  pythonTool({ name: 'kubernetes-validate', version: '1.37.0', besides: ['PyYAML'] }, report);

const kedaModule = 'github.com/kedacore/keda/v2@v2.21.0';

/** The folder with KEDA's resource definitions, out of its Go module; undefined where Go is not on PATH. */
export async function kedaDefinitions(): Promise<string | undefined> {
  const go = await onSearchPath('go');
  if (!go) return undefined;
  // Outside of any module; the second time it answers from Go's own cache.
  const { stdout } = await promisify(execFile)(go, ['mod', 'download', '-json', kedaModule], { cwd: tmpdir() });
  return join((JSON.parse(stdout) as { Dir: string }).Dir, 'config/crd/bases');
}

/** Prometheus's own checker of rules; undefined where there is none and this user may not install it. */
export const promtool = (report: Reporter): Promise<string | undefined> =>
  debianProgram('promtool', 'prometheus', report);

/** A program of a package of Debian; undefined where it is not on PATH and this user may not install it. */
export async function debianProgram(
  program: string,
  debianPackage: string,
  report: Reporter,
): Promise<string | undefined> {
  const path = await onSearchPath(program);
  if (path) return path;
  const apt = await onSearchPath('apt-get');
  if (!apt || process.getuid?.() !== 0) return undefined;
  await installDebianPackage(debianPackage, apt, report);
  return onSearchPath(program);
}
