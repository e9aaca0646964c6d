import type { jobAlerted } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

export const jobAlertedText: TemplateOf<typeof jobAlerted> = {
  title: ({ job, service }) => `${job} of ${service} is failing`,
  body: ({ error, count, jobId }) =>
    `${count === 1 ? 'An attempt' : `${count} attempts`} failed with ${error.code}, the last of job ${jobId}: ` +
    `${error.message}.`.replaceAll('..', '.'),
};
