import { Channel, Format, type GenerateRequest, Mode } from '@millrace/mesh-rpc';
import { engineJobOf } from '../domain/ids.ts';
import type { Mesh } from '../domain/mesh.ts';
import type { MeshMode, Parameters } from '../domain/parameter-table.ts';

type Around = { readonly callbackUrl: string; readonly timeoutSeconds: number };

/**
 * What the engine is asked for. The same mesh and run make the same request, however often it is sent: the engine takes another one under
 * the same id for a mistake.
 */
export function requestOf(mesh: Mesh, { callbackUrl, timeoutSeconds }: Around): GenerateRequest {
  const { parameters } = mesh;
  return {
    jobId: engineJobOf({ meshId: mesh._id, run: mesh.run }),
    source: { $case: 'imageUrl', value: mesh.engine.imageUrl ?? '' },
    mode: modes[mesh.requestedMode],
    ...numbers(parameters, ['detailFactor', 'maxTriangles', 'thumbnailPx']),
    size: numbers(parameters, ['widthMm', 'heightMm', 'baseMm']),
    height: heightOf(parameters),
    outline: numbers(parameters, ['threshold', 'simplifyPx', 'minAreaPx']),
    texture: textureOf(parameters),
    sprite: numbers(parameters, spriteParameters),
    formats: words(parameters.formats).flatMap((format) => formats[format] ?? []),
    callbackUrl,
    wait: false,
    timeoutSeconds,
    backend: '',
    labels: {},
    fence: BigInt(mesh.engine.fence),
  };
}

const modes: Readonly<Record<MeshMode, Mode>> = {
  auto: Mode.AUTO,
  sprite: Mode.SPRITE,
  relief: Mode.RELIEF,
  lithophane: Mode.LITHOPHANE,
  extrude: Mode.EXTRUDE,
  cutout: Mode.CUTOUT,
  inflate: Mode.INFLATE,
};

const formats: Readonly<Record<string, Format>> = {
  glb: Format.GLB,
  stl: Format.STL,
  obj: Format.OBJ,
  ply: Format.PLY,
  json: Format.JSON,
  spine: Format.SPINE,
};

const channels: Readonly<Record<string, Channel>> = {
  luma: Channel.LUMA,
  red: Channel.RED,
  green: Channel.GREEN,
  blue: Channel.BLUE,
  alpha: Channel.ALPHA,
};

const spriteParameters = [
  'alphaThreshold',
  'concaveFactor',
  'internalVertexDensity',
  'blurKernelSize',
  'binaryThreshold',
  'minContourArea',
  'densityScalingFactor',
  'minTriangleArea',
  'maxVertices',
] as const;

/** Those that were given; the engine knows the defaults of the others. */
function numbers<Name extends keyof Parameters>(
  parameters: Parameters,
  names: readonly Name[],
): { [name in Name]?: number } {
  return Object.fromEntries(
    names.flatMap((name) => (typeof parameters[name] === 'number' ? [[name, parameters[name]]] : [])),
  ) as {
    [name in Name]?: number;
  };
}

const words = (value: Parameters[keyof Parameters]): readonly string[] => (Array.isArray(value) ? value : []);

const heightOf = (parameters: Parameters): NonNullable<GenerateRequest['height']> => ({
  channel: channels[String(parameters.channel)] ?? Channel.UNSPECIFIED,
  invert: parameters.invert === true,
  level: parameters.level === true,
  borderPx: 0,
  curveDeg: 0,
  ...numbers(parameters, ['gamma', 'smoothPx', 'borderPx', 'curveDeg']),
});

function textureOf(parameters: Parameters): NonNullable<GenerateRequest['texture']> {
  const { textureMaxPx: maxPx, textureQuality: jpegQuality } = numbers(parameters, ['textureMaxPx', 'textureQuality']);
  return {
    none: parameters.texture === false,
    ...(maxPx !== undefined && { maxPx }),
    ...(jpegQuality !== undefined && { jpegQuality }),
  };
}
