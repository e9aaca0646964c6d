import type { usageReported } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

const number = new Intl.NumberFormat('en');

export const usageReportedText: TemplateOf<typeof usageReported> = {
  version: 1,
  sample: {
    month: '2026-11',
    people: 12,
    total: { tasks: 1_200, completed: 1_100, failed: 60, cancelled: 40, seconds: 3_600, bytes: 52_428_800 },
  },
  link: () => '/meshes',
  title: ({ month, total }) => `${number.format(total.tasks)} meshes were asked for in ${month}`,
  body: ({ people, total: { completed, failed, seconds, bytes } }) =>
    `By ${number.format(people)} people: ${number.format(completed)} were made, ${number.format(failed)} failed; ` +
    `${number.format(Math.round(seconds))} s of work, ${number.format(Math.round(bytes / 1_048_576))} MiB of files.`,
};
