import { z } from 'zod';
import { memberRoles, type Project, projectStatuses } from '../domain/project.ts';
import { projectTemplates } from '../domain/setup-template.ts';

export const settingsShape = z.object({
  meshPreset: z.string().min(1).max(100),
  retentionDays: z.int().min(1).max(3_650),
  locale: z.string().min(2).max(35),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
  notify: z.enum(['all', 'failures']),
});

export const projectResource = z
  .object({
    id: z.uuid(),
    name: z.string(),
    template: z.enum(projectTemplates),
    status: z.enum(projectStatuses),
    ownerId: z.string(),
    slug: z.string().nullable().meta({ description: 'Its address, when it is reserved.' }),
    members: z.array(z.object({ sub: z.string(), role: z.enum(memberRoles) })),
    settings: settingsShape.nullable(),
    approvedBy: z
      .string()
      .nullable()
      .meta({ description: 'Who has said yes to its opening, where that was asked for.' }),
    archivedAt: z.iso.datetime().nullable(),
    revision: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Project', description: 'The project.' });

/** A project as the outside sees it. */
export const toProjectResource = ({
  _id,
  createdAt,
  updatedAt,
  wish: _wish,
  secrets: _secrets,
  setup: _setup,
  approval,
  archivedAt,
  ...shown
}: Project): z.input<typeof projectResource> => ({
  id: _id,
  ...shown,
  members: [...shown.members],
  approvedBy: approval?.by ?? null,
  archivedAt: archivedAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
