export type { Fault } from './faults.ts';
export { type ImageProvider, type ProviderOptions, startImageProvider } from './image-provider.ts';
export type { StoredFile } from './stored-files.ts';
