export { afterFile } from './after-file.ts';
export { components, jaegerQueryUrl, privateComponent } from './components.ts';
export { meshEngine } from './mesh-engine.ts';
export { isFull, seeds } from './seeds.ts';
export type { RunningService } from './start-service.ts';
export { startService } from './start-service.ts';
export { until } from './until.ts';
