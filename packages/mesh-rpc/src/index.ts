export { status } from '@grpc/grpc-js';
export type { CallLimits } from './calls.ts';
export type { Artifact, Chunk, DrawThumbnailRequest, GetArtifactRequest } from './generated/mesh/v1/mesh.ts';
export {
  Channel,
  Format,
  GenerateRequest,
  Job,
  type MeshEngineServiceServer,
  MeshEngineServiceService,
  Mode,
  State,
} from './generated/mesh/v1/mesh.ts';
export type { MeshEngineClient } from './mesh-engine-client.ts';
export { createMeshEngineClient } from './mesh-engine-client.ts';
export { MeshEngineError } from './mesh-engine-error.ts';
