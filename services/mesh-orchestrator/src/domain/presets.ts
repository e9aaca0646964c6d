import type { Parameters } from './parameter-table.ts';

export type Preset = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: Parameters;
};

/** Parameters by name, from the finest to the coarsest. What a request says itself wins. */
export const presets: readonly Preset[] = [
  {
    id: 'high-detail',
    name: 'High Detail',
    description: 'As close to the picture as is sensible.',
    parameters: { detailFactor: 0.005, maxTriangles: 2_000_000, concaveFactor: 20, internalVertexDensity: 30 },
  },
  {
    id: 'balanced',
    name: 'Balanced',
    description: 'What most pictures need.',
    parameters: { detailFactor: 0.02, maxTriangles: 500_000 },
  },
  {
    id: 'performance',
    name: 'Performance',
    description: 'Few triangles, for games and previews.',
    parameters: { detailFactor: 0.04, maxTriangles: 50_000, maxVertices: 500 },
  },
  {
    id: 'simple-shapes',
    name: 'Simple Shapes',
    description: 'For logos and icons: clean outlines, nothing small.',
    parameters: { detailFactor: 0.03, minContourArea: 50, minAreaPx: 50, simplifyPx: 1 },
  },
  {
    id: 'mobile',
    name: 'Mobile',
    description: 'The fewest triangles that still show what it is.',
    parameters: { detailFactor: 0.05, maxTriangles: 5_000, maxVertices: 300 },
  },
];

export const presetOf = (id: string): Preset | undefined => presets.find((preset) => preset.id === id);
