import type { meshModes } from '@millrace/contracts/mesh';

export type MeshMode = (typeof meshModes)[number];

/** A number from `min` to `max`, a truth, or one of some words; `many` takes a list of them. */
type Kind =
  | { readonly type: 'number' | 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice' | 'choices'; readonly of: readonly string[] };

export type ParameterRow = Kind & {
  /** What the engine takes when it is not given; absent where that depends on the picture. */
  readonly default?: number | boolean | string | readonly string[];
  /** Where it has an effect. */
  readonly modes: readonly MeshMode[];
  readonly about: string;
};

const solids: readonly MeshMode[] = ['relief', 'lithophane', 'extrude', 'cutout', 'inflate'];
const heights: readonly MeshMode[] = ['relief', 'lithophane', 'cutout'];
const outlines: readonly MeshMode[] = ['extrude', 'cutout', 'inflate'];
const sprite: readonly MeshMode[] = ['sprite'];
const every: readonly MeshMode[] = ['sprite', ...solids];

/** Everything that can be said of a mesh, by the names that requests use. */
export const parameterTable = {
  detailFactor: {
    ...{ type: 'number', min: 0.001, max: 0.5, default: 0.02, modes: every },
    about:
      'The error allowed: of the height range, or of the diagonal for outlines. Less is more detail; sprites take up to 0.05.',
  },
  maxTriangles: {
    ...{ type: 'integer', min: 100, max: 5_000_000, default: 500_000, modes: every },
    about: 'No mesh has more.',
  },
  widthMm: {
    ...{ type: 'number', min: 1, max: 1_000, default: 100, modes: solids },
    about: 'Millimetres; the other side follows the picture.',
  },
  heightMm: {
    ...{ type: 'number', min: 0.1, max: 500, default: 5, modes: solids },
    about: 'Millimetres above the base.',
  },
  baseMm: {
    ...{ type: 'number', min: 0.2, max: 100, default: 2, modes: solids },
    about: 'Millimetres below the relief.',
  },
  channel: {
    ...{ type: 'choice', of: ['luma', 'red', 'green', 'blue', 'alpha'], default: 'luma', modes: heights },
    about: 'What of the picture is height.',
  },
  invert: { ...{ type: 'boolean', default: false, modes: heights }, about: 'Dark is high.' },
  gamma: { ...{ type: 'number', min: 0.1, max: 10, default: 1, modes: heights }, about: 'Bends the heights.' },
  smoothPx: {
    ...{ type: 'number', min: 0, max: 20, modes: heights },
    about: 'Blur before; 1 for photos, 0 for height maps.',
  },
  level: { ...{ type: 'boolean', default: false, modes: heights }, about: 'Stretches to the full range.' },
  borderPx: { ...{ type: 'integer', min: 0, max: 512, default: 0, modes: heights }, about: 'A frame around it.' },
  curveDeg: { ...{ type: 'number', min: 0, max: 350, default: 0, modes: ['lithophane'] }, about: 'Bends it round.' },
  threshold: { ...{ type: 'number', min: 0, max: 1, modes: outlines }, about: 'Of opacity; by Otsu when absent.' },
  simplifyPx: {
    ...{ type: 'number', min: 0, max: 50, default: 0.25, modes: outlines },
    about: 'Straightens outlines.',
  },
  minAreaPx: {
    ...{ type: 'number', min: 0, max: 1_000_000, default: 4, modes: outlines },
    about: 'Smaller ones are left out.',
  },
  alphaThreshold: {
    ...{ type: 'integer', min: 0, max: 255, default: 10, modes: sprite },
    about: 'From here on it is opaque.',
  },
  concaveFactor: {
    ...{ type: 'integer', min: 0, max: 100, default: 0, modes: sprite },
    about: 'How closely it hugs hollows.',
  },
  internalVertexDensity: {
    ...{ type: 'integer', min: 0, max: 100, default: 0, modes: sprite },
    about: 'Points inside.',
  },
  blurKernelSize: {
    ...{ type: 'integer', min: 1, max: 21, default: 1, modes: sprite },
    about: 'Odd; an even one is raised by one.',
  },
  binaryThreshold: {
    ...{ type: 'integer', min: 0, max: 255, default: 128, modes: sprite },
    about: 'Between outside and inside.',
  },
  minContourArea: { ...{ type: 'integer', min: 1, max: 1_000, default: 10, modes: sprite }, about: 'Square pixels.' },
  densityScalingFactor: {
    ...{ type: 'integer', min: 100, max: 10_000, default: 1_000, modes: sprite },
    about: 'Square pixels for each inner point.',
  },
  minTriangleArea: { ...{ type: 'number', min: 0.1, max: 100, default: 1, modes: sprite }, about: 'Square pixels.' },
  maxVertices: { ...{ type: 'integer', min: 0, max: 1_000_000, default: 0, modes: sprite }, about: '0 sets no bound.' },
  formats: {
    ...{ type: 'choices', of: ['glb', 'stl', 'obj', 'ply', 'json', 'spine'], modes: every },
    about: 'GLB and STL when absent, for sprites JSON and Spine.',
  },
  texture: { ...{ type: 'boolean', default: true, modes: solids }, about: 'The picture on the GLB.' },
  textureMaxPx: { ...{ type: 'integer', min: 16, max: 4_096, default: 1_024, modes: solids }, about: 'Longer side.' },
  textureQuality: { ...{ type: 'integer', min: 1, max: 100, default: 90, modes: solids }, about: 'Of its JPEG.' },
  thumbnailPx: {
    ...{ type: 'integer', min: 0, max: 2_048, default: 512, modes: every },
    about: 'Width; 0 makes none.',
  },
} as const satisfies Record<string, ParameterRow>;

export type ParameterName = keyof typeof parameterTable;
export type Parameters = { readonly [name in ParameterName]?: number | boolean | string | readonly string[] };
