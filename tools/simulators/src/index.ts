export { type ImageProvider, startImageProvider } from './image-provider.ts';
