export type { ComponentName, ComponentRow } from './component-table.ts';
export { componentNames, componentTable } from './component-table.ts';
export { freePort, isPortFree } from './free-port.ts';
export type { RunningComponent, StartOptions } from './start-component.ts';
export { startComponent } from './start-component.ts';
