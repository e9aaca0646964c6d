import type { ProjectSettings } from './project-settings.ts';
import type { StepKey } from './step-state.ts';

/** What a project is set up from. */
export const projectTemplates = ['minimal', 'game', 'music'] as const;
export type ProjectTemplate = (typeof projectTemplates)[number];

export type SetupTemplate = {
  /** Raised with every change to what follows; a setup notes the one that it was made by. */
  readonly version: number;
  readonly summary: string;
  /** Steps that it leaves out. */
  readonly skips: readonly StepKey[];
  readonly settings: ProjectSettings;
  /** Whether the music provider is asked if it answers. */
  readonly usesMusic: boolean;
};

const settings: ProjectSettings = {
  meshPreset: 'balanced',
  retentionDays: 90,
  locale: 'en',
  timeZone: 'UTC',
  notify: 'all',
};

export const setupTemplates: Readonly<Record<ProjectTemplate, SetupTemplate>> = {
  minimal: {
    version: 1,
    summary: 'A place for files and a repository, and nothing in them.',
    skips: ['sample_content', 'integrations'],
    settings,
    usesMusic: false,
  },
  game: {
    version: 1,
    summary: 'With a starter campaign from the pool and a sample mesh.',
    skips: [],
    settings: { ...settings, meshPreset: 'high-detail' },
    usesMusic: false,
  },
  music: {
    version: 1,
    summary: 'Asks the music provider whether it answers; without sample content.',
    skips: ['sample_content'],
    settings: { ...settings, retentionDays: 365 },
    usesMusic: true,
  },
};
