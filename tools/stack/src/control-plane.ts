import { join } from 'node:path';
import { stackConfig } from './config.ts';
import { type Installation, installed } from './installation.ts';
import { debianProgram, goRemedy } from './kubernetes-tools.ts';
import { isExecutable, type Reporter } from './program.ts';

const controlPlaneVersion = '1.37.2';

type ControlPlane = { apiserver: string; controllers: string; etcd: string };

/**
 * The API server and the controllers of Kubernetes, and etcd, from the cache; undefined where they were never built.
 * @param isWanted builds them, which takes about 10 minutes on two free cores and 4 GB of disk.
 */
export async function controlPlane(report: Reporter, isWanted: boolean): Promise<ControlPlane | undefined> {
  const directory = join(stackConfig.cacheDirectory(), 'kubernetes', controlPlaneVersion, 'bin');
  const apiserver = join(directory, 'kube-apiserver');
  if (!isWanted && !(await isExecutable(apiserver))) return undefined;
  await installed(controlPlaneBuild, report);
  const etcd = await debianProgram('etcd', 'etcd-server', report);
  return etcd === undefined ? undefined : { apiserver, controllers: join(directory, 'kube-controller-manager'), etcd };
}

const controlPlaneBuild: Installation = {
  title: `the control plane of Kubernetes ${controlPlaneVersion}`,
  folder: `kubernetes/${controlPlaneVersion}`,
  binary: 'kube-apiserver',
  tool: 'sh',
  remedy: goRemedy,
  usually: 'about 10 minutes',
  step: (target) => ({
    args: [join(import.meta.dirname, '../kubernetes/build.sh'), controlPlaneVersion, target],
    env: { GOFLAGS: '-buildvcs=false -trimpath' },
  }),
};
