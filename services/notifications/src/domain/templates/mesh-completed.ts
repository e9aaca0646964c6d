import type { meshCompleted } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

const number = new Intl.NumberFormat('en');

export const meshCompletedText: TemplateOf<typeof meshCompleted> = {
  title: ({ picture }) => `The mesh of ${picture} is ready`,
  body: ({ mode, triangleCount, achievedError, durationMs, reused }) =>
    `A ${mode} of ${number.format(triangleCount)} triangles, at most ${percent(achievedError)} off; ` +
    (reused ? 'it was made before.' : `it took ${(durationMs / 1_000).toFixed(1)} s.`),
};

const percent = (share: number): string => `${number.format(Math.round(share * 10_000) / 100)} %`;
