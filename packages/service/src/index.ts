export { jobResource } from './admin/job-resource.ts';
export { ArtifactMissing, type ArtifactStore } from './artifacts/artifact-store.ts';
export { openArtifacts } from './artifacts/open-artifacts.ts';
export { sweepArtifacts } from './artifacts/sweep-artifacts.ts';
export { type Authenticate, createAuthenticate } from './authentication.ts';
export { ChangeFeed } from './change-feed.ts';
export {
  artifactsUrl,
  type BaseConfig,
  baseUrl,
  ConfigError,
  commaList,
  localFolderUrl,
  localKeyFile,
  serviceConfig,
} from './config.ts';
export { forUser, showsJobAbout, userTag } from './for-user.ts';
export type { Front } from './front.ts';
export type { App, Kit, Running } from './kit.ts';
export { localKeyPair, mintLocalToken } from './local-key.ts';
export { currentTraceId } from './logger.ts';
export { pageOf, pageQuery, paging, wholeListQuery } from './paging.ts';
export { type InputError, invalidInput, Problem, problem } from './problem.ts';
export type { ReceivedFile } from './received-file.ts';
export { accepted, created, noContent, ok, Reply, streamed } from './reply.ts';
export { type Following, RevisionFeed } from './revision-feed.ts';
export type { Role, User } from './role.ts';
export { type Route, route } from './route.ts';
export { type ServiceIdentity, serviceIdentity } from './service-identity.ts';
export { keyFromLocal, type SignedPaths, signedLinkQuery, signedPaths, signedQuery } from './signed-path.ts';
export { type EventStream, eventStream, type StreamEvent } from './sse.ts';
export { startFront } from './start-front.ts';
export { startService } from './start-service.ts';
