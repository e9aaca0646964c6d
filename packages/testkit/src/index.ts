export { afterFile } from './after-file.ts';
export type { Components } from './components.ts';
export { components, jaegerQueryUrl, privateComponent } from './components.ts';
export { runDirectory } from './run-directory.ts';
export { until } from './until.ts';
