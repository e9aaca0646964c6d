export { type ServiceError, status } from '@grpc/grpc-js';
export { connectMeshEngine } from './connect-mesh-engine.ts';
export {
  Channel,
  Format,
  type GenerateRequest,
  Job,
  type MeshEngineServiceServer,
  MeshEngineServiceService,
  Mode,
  State,
} from './generated/mesh/v1/mesh.ts';
