import { createHash, randomBytes } from 'node:crypto';
import { newSecret } from '@millrace/outside/signing';
import type { ProjectSecrets } from './project.ts';

/** A key of 256 bits and a secret of Standard Webhooks. */
export function newSecrets(): ProjectSecrets {
  const apiKey = `mrp_${randomBytes(32).toString('base64url')}`;
  const webhookSecret = newSecret();
  const apiKeySha256 = createHash('sha256').update(apiKey).digest('hex');
  return { apiKeySha256, webhookSecret, shownOnce: { apiKey, webhookSecret } };
}
