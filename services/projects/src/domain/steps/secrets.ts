import type { ProjectSecrets } from '../project.ts';
import type { SetupStep } from '../setup-step.ts';

/** Made by chance and written together with the step's end, so that a key is never made that nobody has. */
export const secrets = ({ newSecrets }: { newSecrets(): ProjectSecrets }): SetupStep => ({
  key: 'secrets',
  summary: 'Makes an API key, of which only a hash is kept, and a secret for webhooks; both are shown once.',
  compensation: 'revoked',
  timeoutMs: 10_000,
  input: () => ({}),
  async run({ project }) {
    const made = project.secrets ?? newSecrets();
    return { output: { apiKeySha256: made.apiKeySha256 }, fields: { secrets: made } };
  },
  undo: async () => ({ note: 'revoked the API key and the secret', fields: { secrets: null } }),
  missing: async ({ project }) => (project.secrets ? undefined : 'the API key'),
});
