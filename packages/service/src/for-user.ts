import type { User } from './role.ts';

/** Marks a job as this person's, so that they see it: spread it into the options of `enqueue`. */
export const forUser = ({ sub }: Pick<User, 'sub'>) => ({ meta: { requestedBy: sub }, tags: [userTag(sub)] });

/** The tag by which a person's jobs are found. */
export const userTag = (sub: string): string => `user:${sub}`;
