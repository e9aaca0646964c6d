import type { ProjectSettings } from './project-settings.ts';
import type { Setup } from './setup.ts';
import type { ProjectTemplate } from './setup-template.ts';

/** How far a project is; all that follows `created` is its setup's. */
export const projectStatuses = ['created', 'queued', 'running', 'ready', 'failed', 'cancelled'] as const;
export type ProjectStatus = (typeof projectStatuses)[number];

export const memberRoles = ['admin', 'editor', 'viewer'] as const;
type MemberRole = (typeof memberRoles)[number];

/** Somebody who works on a project; its owner is an admin. */
export type Member = { readonly sub: string; readonly role: MemberRole };

/** What a setup made of itself; the plain text stays until its owner has seen it, once. */
export type ProjectSecrets = {
  readonly apiKeySha256: string;
  readonly webhookSecret: string;
  readonly shownOnce: { readonly apiKey: string; readonly webhookSecret: string } | null;
};

/** What its creator asked for beside the template's own. */
export type ProjectWish = {
  readonly invited: readonly Member[];
  readonly settings: Partial<ProjectSettings>;
  /** Where a signed ping goes; null registers none. */
  readonly webhookUrl: string | null;
  /** Somebody has to say yes before the project is opened. */
  readonly needsApproval: boolean;
};

export type Project = {
  readonly _id: string;
  readonly name: string;
  readonly template: ProjectTemplate;
  readonly status: ProjectStatus;
  /** The `sub` of the person whose project it is. */
  readonly ownerId: string;
  readonly wish: ProjectWish;
  /** Unique among all projects; null until it is reserved. */
  readonly slug: string | null;
  readonly members: readonly Member[];
  readonly settings: ProjectSettings | null;
  readonly secrets: ProjectSecrets | null;
  readonly setup: Setup | null;
  /** Who has said yes to its opening. */
  readonly approval: { readonly by: string; readonly at: Date } | null;
  /** Since then it is out of sight and nothing is done with it. */
  readonly archivedAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

const noWish: ProjectWish = { invited: [], settings: {}, webhookUrl: null, needsApproval: false };

export const newProject = (
  { wish = noWish, ...given }: Pick<Project, '_id' | 'name' | 'template' | 'ownerId'> & { wish?: ProjectWish },
  at = new Date(),
): Project => ({
  ...given,
  wish,
  status: 'created',
  slug: null,
  members: [{ sub: given.ownerId, role: 'admin' }],
  settings: null,
  secrets: null,
  setup: null,
  approval: null,
  archivedAt: null,
  revision: 1,
  createdAt: at,
  updatedAt: at,
});
