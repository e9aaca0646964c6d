import type { engineReport, meshArtifact, meshError } from '@millrace/contracts/mesh';
import type { z } from 'zod';
import { generateJobOf } from './ids.ts';
import type { MeshMode, Parameters } from './parameter-table.ts';
import type { Remark } from './parameters.ts';

export const meshStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type MeshStatus = (typeof meshStatuses)[number];

export type EngineReport = z.output<typeof engineReport>;
export type MeshResult = NonNullable<EngineReport['result']>;
export type Artifact = z.output<typeof meshArtifact>;
export type MeshError = z.output<typeof meshError>;

/** Where a mesh's picture comes from. */
export type PictureSource =
  | { readonly kind: 'url'; readonly imageUrl: string }
  | { readonly kind: 'project'; readonly projectId: string; readonly imageId: string };

/** The project that a picture lies in; null for one at an address. */
export const projectOf = (source: PictureSource): string | null =>
  source.kind === 'project' ? source.projectId : null;

/** What we know of a mesh's job at the engine. */
export type AtEngine = {
  /** How often it was handed over; 0 before the first time. */
  readonly fence: number;
  /** What was handed over: the same job must not come with another address. */
  readonly imageUrl: string | null;
  /** The newest report, by fence and seq. */
  readonly heard: { readonly fence: number; readonly seq: number };
  /** Null until the engine has said anything. */
  readonly state: EngineReport['state'] | null;
  readonly failure: EngineReport['failure'];
  /** When it last said anything. */
  readonly heardAt: Date | null;
};

export type Mesh = {
  readonly _id: string;
  readonly ownerId: string;
  readonly batchId: string | null;
  readonly source: PictureSource;
  /** The picture's name, for people. */
  readonly picture: string;
  readonly requestedMode: MeshMode;
  /** The mode that was taken; null until the engine has chosen. */
  readonly mode: MeshMode | null;
  /** Why `auto` took it. */
  readonly modeReason: string;
  readonly preset: string | null;
  readonly parameters: Parameters;
  readonly warnings: readonly Remark[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Whether a mesh that was made before may stand for it. */
  readonly mayReuse: boolean;
  /** The mesh whose files it shows. */
  readonly reusedFrom: string | null;
  readonly status: MeshStatus;
  readonly progress: number;
  readonly stage: string;
  readonly message: string;
  /** How often somebody has asked for it: 1, and one more for each retry. */
  readonly generation: number;
  /** The `mesh.generate` that works on it. */
  readonly jobId: string;
  readonly attempt: number;
  /** Counts its jobs at the engine. */
  readonly run: number;
  readonly engine: AtEngine;
  /** The engine has until then; null before it has accepted. */
  readonly deadlineAt: Date | null;
  readonly result: MeshResult | null;
  readonly engineVersion: string | null;
  readonly imageSha256: string | null;
  /** What else has to be equal for its files to stand for another mesh; null until it is completed. */
  readonly makingKey: string | null;
  readonly error: MeshError | null;
  /** The `mesh.finish` that has ended it, by its root. */
  readonly endedBy: string | null;
  readonly traceId: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly cleanedUpAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const untouched: AtEngine = {
  fence: 0,
  imageUrl: null,
  heard: { fence: 0, seq: 0 },
  state: null,
  failure: null,
  heardAt: null,
};

/** What begins anew with each generation. */
export const fresh = {
  status: 'queued',
  progress: 0,
  stage: 'queued',
  message: 'Waits for its turn',
  attempt: 0,
  engine: untouched,
  deadlineAt: null,
  result: null,
  mode: null,
  modeReason: '',
  reusedFrom: null,
  error: null,
  endedBy: null,
  startedAt: null,
  finishedAt: null,
  cleanedUpAt: null,
} as const satisfies Partial<Mesh>;

export type MeshWish = Pick<
  Mesh,
  | '_id'
  | 'ownerId'
  | 'batchId'
  | 'source'
  | 'picture'
  | 'requestedMode'
  | 'preset'
  | 'parameters'
  | 'warnings'
  | 'metadata'
  | 'mayReuse'
  | 'traceId'
>;

export const newMesh = (wish: MeshWish, at: Date): Mesh => ({
  ...wish,
  ...fresh,
  generation: 1,
  jobId: generateJobOf(wish._id, 1),
  run: 1,
  engineVersion: null,
  imageSha256: null,
  makingKey: null,
  revision: 1,
  createdAt: at,
  updatedAt: at,
});

export const openStatuses = ['queued', 'processing'] as const satisfies readonly MeshStatus[];

export const isEnded = ({ status }: Pick<Mesh, 'status'>): boolean => status !== 'queued' && status !== 'processing';

/** What events tell of every mesh. */
export const factsOf = ({ _id, ownerId, batchId, picture }: Mesh) => ({ meshId: _id, ownerId, batchId, picture });

const nameLength = 120;

/** The last part of an address, as people would call the picture. */
export function pictureName(imageUrl: string): string {
  const { pathname, hostname } = new URL(imageUrl);
  const last = pathname.split('/').findLast(Boolean) ?? hostname;
  try {
    return decodeURIComponent(last).slice(0, nameLength);
  } catch {
    return last.slice(0, nameLength);
  }
}
