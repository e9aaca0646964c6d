/** What a project is set up from. */
export const projectTemplates = ['minimal', 'game', 'music'] as const;
type ProjectTemplate = (typeof projectTemplates)[number];

/** How far a project is; all that follows `created` is its setup's. */
export const projectStatuses = ['created'] as const;

export type Project = {
  readonly _id: string;
  readonly name: string;
  readonly template: ProjectTemplate;
  readonly status: (typeof projectStatuses)[number];
  /** The `sub` of the person whose project it is. */
  readonly ownerId: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const newProject = (
  given: Pick<Project, '_id' | 'name' | 'template' | 'ownerId'>,
  at = new Date(),
): Project => ({ ...given, status: 'created', revision: 1, createdAt: at, updatedAt: at });
