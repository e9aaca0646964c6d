import type { SetupStep } from './setup-step.ts';
import { activate } from './steps/activate.ts';
import { integrations } from './steps/integrations.ts';
import { members } from './steps/members.ts';
import { repository } from './steps/repository.ts';
import { reserveSlug } from './steps/reserve-slug.ts';
import { sampleContent } from './steps/sample-content.ts';
import { secrets } from './steps/secrets.ts';
import { settings } from './steps/settings.ts';
import { smokeTest } from './steps/smoke-test.ts';
import { storage } from './steps/storage.ts';
import { validate } from './steps/validate.ts';
import { webhooks } from './steps/webhooks.ts';

type Parts = Parameters<typeof validate>[0] &
  Parameters<typeof reserveSlug>[0] &
  Parameters<typeof storage>[0] &
  Parameters<typeof repository>[0] &
  Parameters<typeof secrets>[0] &
  Parameters<typeof webhooks>[0] &
  Parameters<typeof integrations>[0] &
  Parameters<typeof sampleContent>[0];

/** All steps of a setup, in their order. */
export const setupSteps = (parts: Parts): readonly SetupStep[] => [
  validate(parts),
  reserveSlug(parts),
  storage(parts),
  repository(parts),
  members,
  settings,
  secrets(parts),
  webhooks(parts),
  integrations(parts),
  sampleContent(parts),
  smokeTest(parts),
  activate,
];
