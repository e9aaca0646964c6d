export { chromium } from './chromium.ts';
export { startCluster } from './cluster.ts';
export { runningCluster } from './cluster-state.ts';
export type { ComponentName } from './component-table.ts';
export { componentNames, componentTable } from './component-table.ts';
export { controlPlane } from './control-plane.ts';
export { enginePython } from './engine-python.ts';
export { freePort } from './free-port.ts';
export type { GuardedProcess } from './guarded-process.ts';
export { startGuarded } from './guarded-process.ts';
export {
  debianProgram,
  kedaDefinitions,
  kubernetesValidate,
  kubeScore,
  kustomize,
  promtool,
} from './kubernetes-tools.ts';
export type { Role } from './local-token.ts';
export { localToken } from './local-token.ts';
export type { MeshEngineProcess } from './mesh-engine-process.ts';
export { meshEngineRow, startMeshEngineProcess } from './mesh-engine-process.ts';
export type { NodeProcess } from './node-process.ts';
export { repositoryRoot, startServiceProcess } from './node-process.ts';
export { isRunning, untilPaused } from './process-tree.ts';
export { pythonTool } from './python-tool.ts';
export type { TraceSpan } from './read-trace.ts';
export { readTrace } from './read-trace.ts';
export { consoleRow, serviceTable } from './service-table.ts';
export type { RunningComponent } from './start-component.ts';
export { startComponent } from './start-component.ts';
export type { ClusterParts, ClusterUrls } from './with-cluster.ts';
export { withCluster } from './with-cluster.ts';
