import { z } from 'zod';
import { type Project, projectStatuses, projectTemplates } from '../domain/project.ts';

export const projectResource = z
  .object({
    id: z.uuid(),
    name: z.string(),
    template: z.enum(projectTemplates),
    status: z.enum(projectStatuses),
    ownerId: z.string(),
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
  ...shown
}: Project): z.input<typeof projectResource> => ({
  id: _id,
  ...shown,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
