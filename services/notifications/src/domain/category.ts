/** What people can choose by; an event belongs to one. */
export const categories = ['campaign', 'mesh', 'music', 'project', 'operations'] as const;
export type Category = (typeof categories)[number];
