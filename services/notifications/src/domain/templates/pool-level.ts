import type { poolCritical, poolLow, poolRecovered } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const poolLowText: TemplateOf<typeof poolLow> = {
  version: 1,
  sample: { type: 'master', ready: 1, target: 3, incidentId: 'master:2026-11-28T12:00:00.000Z' },
  link: ({ type }) => `/pools/${type}`,
  title: ({ type }) => `The ${type} pool is low`,
  body: ({ ready, target }) =>
    `${ready} of ${target} campaigns are ready. It refills itself; if it stays low, look at the queue campaign.seeding.`,
};

export const poolCriticalText: TemplateOf<typeof poolCritical> = {
  version: 1,
  sample: { type: 'master', ready: 0, target: 3, incidentId: 'master:2026-11-28T12:00:00.000Z' },
  link: ({ type }) => `/pools/${type}`,
  title: ({ type }) => `The ${type} pool is nearly empty`,
  body: ({ ready, target }) =>
    `${ready} of ${target} campaigns are ready: people wait while theirs is seeded. See the runbook on pools.`,
};

export const poolRecoveredText: TemplateOf<typeof poolRecovered> = {
  version: 1,
  sample: { type: 'master', ready: 3, target: 3, incidentId: 'master:2026-11-28T12:00:00.000Z' },
  link: ({ type }) => `/pools/${type}`,
  title: ({ type }) => `The ${type} pool has recovered`,
  body: ({ ready, target }) => `${ready} of ${target} campaigns are ready again.`,
};
