import type { Connection } from 'mongoose';
import type { Project } from '../domain/project.ts';
import { SetupTaken } from '../domain/setup-errors.ts';
import type { SetupRecord } from '../domain/setup-project.ts';
import { type StepKey, stepKeys } from '../domain/step-state.ts';
import { type Change, projectWriter } from './project-writer.ts';

const KEPT_LINES = 20;

/** What one run writes of a setup, as long as the project is this run's. */
export function setupRecord(database: Connection, { _id, setup }: Project, traceId: string | null): SetupRecord {
  const own = { _id, 'setup.token': setup?.token };
  const fenced = async (change: Change, also: object = {}): Promise<Project> => {
    const project = await projectWriter(database)({ ...own, ...also }, change);
    if (!project) throw new SetupTaken(`the setup of project ${_id} belongs to another run`);
    return project;
  };
  const read = async (): Promise<Project> => {
    const project = await database.collection<Project>('projects').findOne(own as never);
    if (!project) throw new SetupTaken(`the setup of project ${_id} belongs to another run`);
    return project;
  };
  return {
    read,
    begun(key, inputHash) {
      const at = placeOf(key);
      const change = {
        set: {
          [`${at}.status`]: 'running',
          [`${at}.inputHash`]: inputHash,
          [`${at}.startedAt`]: new Date(),
          [`${at}.finishedAt`]: null,
          [`${at}.error`]: null,
          [`${at}.traceId`]: traceId,
          'setup.status': 'running',
        },
        inc: { [`${at}.attempts`]: 1 },
      };
      return fenced(change, { 'setup.cancel': null });
    },
    ended(key, { status, output, error, log = [], fields = {} }) {
      const at = placeOf(key);
      const isLast = key === stepKeys.at(-1) && status === 'succeeded';
      const change = {
        set: {
          ...fields,
          [`${at}.status`]: status,
          [`${at}.finishedAt`]: new Date(),
          ...(output !== undefined && { [`${at}.output`]: output }),
          ...(error !== undefined && { [`${at}.error`]: error }),
          ...(isLast && { 'setup.status': 'succeeded', 'setup.finishedAt': new Date() }),
        },
        ...(log.length > 0 && { push: { [`${at}.log`]: { $each: [...log], $slice: -KEPT_LINES } } }),
      };
      // A wish to cancel that was granted is not overtaken by the last step.
      return fenced(change, isLast ? { 'setup.cancel': null } : {});
    },
    kept: (key, output, awaits) => fenced({ set: { [`${placeOf(key)}.output`]: output, 'setup.awaits': awaits } }),
    waits: (awaits) => fenced({ set: { 'setup.status': 'waiting', 'setup.awaits': awaits } }),
    compensating: () => fenced({ set: { 'setup.status': 'compensating' } }),
    async cancelled() {
      const isCompensated = (await read()).setup?.status === 'compensating';
      return fenced({
        set: {
          status: 'cancelled',
          'setup.status': isCompensated ? 'compensated' : 'cancelled',
          'setup.awaits': [],
          'setup.finishedAt': new Date(),
        },
      });
    },
  };
}

const placeOf = (key: StepKey): string => `setup.steps.${stepKeys.indexOf(key)}`;
