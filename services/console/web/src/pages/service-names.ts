/** The services as the console's addresses name them. */
export const serviceNames = ['campaign', 'music', 'projects', 'mesh-orchestrator', 'notifications'] as const;
