/** The services behind the console, as its addresses name them; in the order in which people see them. */
export const serviceNames = ['campaign', 'music', 'projects', 'mesh-orchestrator', 'notifications'] as const;

export type ServiceName = (typeof serviceNames)[number];

export const isServiceName = (text: string): text is ServiceName => serviceNames.some((name) => name === text);

/** A service that could not be asked, and why. */
export type Away = { readonly service: ServiceName; readonly reason: string };
