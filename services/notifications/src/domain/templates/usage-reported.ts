import type { usageReported } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

const number = new Intl.NumberFormat('en');

export const usageReportedText: TemplateOf<typeof usageReported> = {
  title: ({ month, total }) => `${number.format(total.tasks)} meshes were asked for in ${month}`,
  body: ({ people, total: { completed, failed, seconds, bytes } }) =>
    `By ${number.format(people)} people: ${number.format(completed)} were made, ${number.format(failed)} failed; ` +
    `${number.format(Math.round(seconds))} s of work, ${number.format(Math.round(bytes / 1_048_576))} MiB of files.`,
};
