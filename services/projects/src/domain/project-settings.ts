export type ProjectSettings = {
  /** Meshes of this project are made by it unless somebody says otherwise. */
  readonly meshPreset: string;
  readonly retentionDays: number;
  readonly locale: string;
  readonly timeZone: string;
  /** Which of the setup's ends its owner hears of. */
  readonly notify: 'all' | 'failures';
};
