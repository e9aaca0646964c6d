import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import type { Projects } from '../store/projects.ts';

export const projectParams = z.object({ id: z.uuid() });

/** The project, if this user may see it: members see their own. @throws Problem `project-not-found` also for those of others. */
export async function visibleProject(projects: Pick<Projects, 'find'>, id: string, user: User): Promise<Project> {
  const project = await projects.find(id);
  if (!project || !(user.seesAll || project.ownerId === user.sub)) throw problem('project-not-found', { id });
  return project;
}
