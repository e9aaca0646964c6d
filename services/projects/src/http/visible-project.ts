import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import type { Projects } from '../store/projects.ts';

export const projectParams = z.object({ id: z.uuid() });

/** The project, if this user may see it: members see their own and those that they were let into. @throws Problem `project-not-found` also for those of others. */
export async function visibleProject(projects: Pick<Projects, 'find'>, id: string, user: User): Promise<Project> {
  const project = await projects.find(id);
  const isTheirs = project?.ownerId === user.sub || project?.members.some(({ sub }) => sub === user.sub);
  if (!project || !(user.seesAll || isTheirs)) throw problem('project-not-found', { id });
  return project;
}

/** The same for whoever may change it: its owner, its admins and editors, operators. @throws Problem `forbidden` for its viewers. */
export async function changeableProject(projects: Pick<Projects, 'find'>, id: string, user: User): Promise<Project> {
  const project = await visibleProject(projects, id, user);
  const isViewer = project.members.some(({ sub, role }) => sub === user.sub && role === 'viewer');
  if (isViewer && !user.seesAll && project.ownerId !== user.sub)
    throw problem('forbidden', { role: 'viewer of the project', needed: 'its admin or editor' });
  return project;
}
