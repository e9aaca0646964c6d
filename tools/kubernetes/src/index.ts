export { environmentIn, readDockerfile, wordsOf } from './dockerfile.ts';
export { type Resource, render, resourcesOf } from './rendered.ts';
export { type RunningControlPlane, startControlPlane } from './rig/control-plane-process.ts';
export { apply, configure } from './rig/install.ts';
export { ProcessKubelet } from './rig/process-kubelet.ts';
export { startServiceProxy } from './rig/service-proxy.ts';
