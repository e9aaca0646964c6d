import type { SetupStep } from '../setup-step.ts';
import { setupTemplates } from '../setup-template.ts';

export const settings: SetupStep = {
  key: 'settings',
  summary: 'Sets what the template says and its creator wished: mesh preset, retention, locale, time zone.',
  compensation: 'dropped',
  timeoutMs: 10_000,
  input: ({ template, wish }) => ({ version: setupTemplates[template].version, wish: wish.settings }),
  async run({ project: { template, wish } }) {
    const chosen = { ...setupTemplates[template].settings, ...wish.settings };
    return { output: { ...chosen }, fields: { settings: chosen } };
  },
  undo: async () => ({ note: 'dropped the settings', fields: { settings: null } }),
};
