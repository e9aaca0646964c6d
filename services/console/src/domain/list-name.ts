/** Lists of the console that people narrow, keep views of, and take with them as files. */
export const listNames = ['jobs', 'dead-letters', 'meshes', 'deliveries'] as const;

export type ListName = (typeof listNames)[number];
