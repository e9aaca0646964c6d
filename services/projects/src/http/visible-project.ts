import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import type { Projects } from '../store/projects.ts';

export const projectParams = z.object({ id: z.uuid() });

/** The project, if this user may see it: members see their own and those that they were let into. @throws Problem `project-not-found` also for those of others. */
export async function visibleProject(projects: Pick<Projects, 'find'>, id: string, user: User): Promise<Project> {
  const project = await visibleTo(projects, id, user);
  if (!project) throw problem('project-not-found', { id });
  return project;
}

/** The project, if this user may see it. */
export async function visibleTo(projects: Pick<Projects, 'find'>, id: string, { sub, seesAll }: User) {
  const project = await projects.find(id);
  const isTheirs = project?.ownerId === sub || project?.members.some((member) => member.sub === sub);
  return project && (seesAll || isTheirs) ? project : undefined;
}

/** The same for whoever may change it: its owner, its admins and editors, operators. @throws Problem `forbidden` for its viewers. */
export async function changeableProject(projects: Pick<Projects, 'find'>, id: string, user: User): Promise<Project> {
  const project = await visibleProject(projects, id, user);
  const isViewer = project.members.some(({ sub, role }) => sub === user.sub && role === 'viewer');
  if (isViewer && !user.seesAll && project.ownerId !== user.sub)
    throw problem('forbidden', { role: 'viewer of the project', needed: 'its admin or editor' });
  return project;
}
