export { status } from '@grpc/grpc-js';
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
export type { CallLimits, MeshEngineClient } from './mesh-engine-client.ts';
export { createMeshEngineClient } from './mesh-engine-client.ts';
export { MeshEngineError } from './mesh-engine-error.ts';
