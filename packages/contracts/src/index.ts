export * as campaign from './campaign.ts';
export { type EventContract, type EventDraft, eventContract, type JobContract, jobContract } from './contract.ts';
export * as everyService from './every-service.ts';
export * as meshOrchestrator from './mesh.ts';
export * as music from './music.ts';
export * as notifications from './notifications.ts';
export * as projects from './projects.ts';
