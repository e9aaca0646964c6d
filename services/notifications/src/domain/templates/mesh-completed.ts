import type { meshCompleted } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

const number = new Intl.NumberFormat('en');
const germanNumber = new Intl.NumberFormat('de');

export const meshCompletedText: TemplateOf<typeof meshCompleted> = {
  version: 1,
  sample: {
    meshId: '0199a0b0-0000-7000-8000-000000000001',
    ownerId: 'ada',
    batchId: null,
    picture: 'duck.png',
    mode: 'relief',
    vertexCount: 6_200,
    triangleCount: 12_345,
    achievedError: 0.0197,
    watertight: true,
    durationMs: 3_210,
    reused: false,
  },
  link: ({ meshId }) => `/meshes/${meshId}`,
  title: ({ picture }) => `The mesh of ${picture} is ready`,
  body: ({ mode, triangleCount, achievedError, durationMs, reused }) =>
    `A ${mode} of ${number.format(triangleCount)} triangles, at most ${percent(achievedError)} off; ` +
    (reused ? 'it was made before.' : `it took ${(durationMs / 1_000).toFixed(1)} s.`),
  translations: {
    de: {
      title: ({ picture }) => `Das Mesh von ${picture} ist fertig`,
      body: ({ mode, triangleCount, achievedError, durationMs, reused }) =>
        `${mode} aus ${germanNumber.format(triangleCount)} Dreiecken, höchstens ${percent(achievedError, germanNumber)} daneben; ` +
        (reused ? 'es gab es schon.' : `es dauerte ${germanNumber.format(Math.round(durationMs / 100) / 10)} s.`),
    },
  },
};

const percent = (share: number, format = number): string => `${format.format(Math.round(share * 10_000) / 100)} %`;
