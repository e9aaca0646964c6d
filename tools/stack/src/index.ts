export type { ComponentName, ComponentRow } from './component-table.ts';
export { componentNames, componentTable } from './component-table.ts';
export { freePort, isPortFree } from './free-port.ts';
export type { RunningComponent, StartOptions } from './start-component.ts';
export { startComponent } from './start-component.ts';
export type { GuardedProcess, Launch } from './guarded-process.ts';
export { startGuarded } from './guarded-process.ts';
export { isRunning } from './process-tree.ts';
export { isDockerThere } from './docker.ts';
