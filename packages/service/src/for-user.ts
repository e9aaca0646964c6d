import type { App } from './kit.ts';
import type { User } from './role.ts';

/** Marks a job as this person's, so that they see it: spread it into the options of `enqueue`. */
export const forUser = ({ sub }: Pick<User, 'sub'>) => ({ meta: { requestedBy: sub }, tags: [userTag(sub)] });

/** The tag by which a person's jobs are found. */
export const userTag = (sub: string): string => `user:${sub}`;

/** Shows the jobs whose payload names something by `field` to those whose it is, whoever has asked for them. */
export const showsJobAbout =
  (field: string, isTheirs: (id: string, user: User) => Promise<boolean>): NonNullable<App['showsJob']> =>
  async ({ payload }, user) => {
    const id = (payload as Readonly<Record<string, unknown>> | null)?.[field];
    return typeof id === 'string' && isTheirs(id, user);
  };
