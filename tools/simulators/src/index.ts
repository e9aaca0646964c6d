export { type Discogs, startDiscogs } from './discogs.ts';
export { type ImageProvider, startImageProvider } from './image-provider.ts';
export { type MusicBrainz, startMusicBrainz } from './musicbrainz.ts';
