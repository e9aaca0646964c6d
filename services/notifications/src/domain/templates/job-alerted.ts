import type { jobAlerted } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

export const jobAlertedText: TemplateOf<typeof jobAlerted> = {
  version: 1,
  sample: {
    service: 'mesh-orchestrator',
    job: 'mesh.generate',
    jobId: '0199a0b0-0000-7000-8000-000000000001',
    fingerprint: 'engine-lost',
    error: { code: 'ENGINE_LOST', message: 'the engine is gone' },
    count: 4,
  },
  link: ({ service, jobId }) => `/jobs/${service}/${jobId}`,
  title: ({ job, service }) => `${job} of ${service} is failing`,
  body: ({ error, count, jobId }) =>
    `${count === 1 ? 'An attempt' : `${count} attempts`} failed with ${error.code}, the last of job ${jobId}: ` +
    `${error.message}.`.replaceAll('..', '.'),
};
