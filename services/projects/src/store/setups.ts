import type { Connection } from 'mongoose';
import { type Repetition, setupFor } from '../domain/begin-setup.ts';
import type { Project, ProjectSecrets, ProjectStatus } from '../domain/project.ts';
import type { CancelMode, Setup } from '../domain/setup.ts';
import type { SetupRecord } from '../domain/setup-project.ts';
import type { SetupError } from '../domain/step-state.ts';
import { projectWriter } from './project-writer.ts';
import { setupRecord } from './setup-record.ts';

const MAX_LOOKS = 20;

export type Setups = ReturnType<typeof setupsIn>;

/** The setups of projects: each stands in its project, so that one write moves both. */
export function setupsIn(database: Connection) {
  const rows = () => database.collection<Project>('projects');
  const write = projectWriter(database);

  return {
    ...wishesIn(database),

    /** A setup is wanted, by this job. @returns null when it has gone on since the project was read. */
    commanded: (project: Project, jobId: string, repetition?: Repetition): Promise<Project | null> =>
      write(
        { _id: project._id, revision: project.revision, status: { $in: mayBegin(project, jobId) } },
        { set: { status: 'queued', setup: setupFor(project, jobId, repetition) } },
      ),

    /** A run begins. From now on only this one writes. @returns null when the project may not be set up by this job. */
    async begin(
      projectId: string,
      jobId: string,
      { token, repetition }: { token: string; repetition: Repetition },
    ): Promise<Project | null> {
      // People write to the project, too: whoever comes between reading and writing makes it look again.
      for (let look = 0; look < MAX_LOOKS; look++) {
        const project = await rows().findOne({ _id: projectId });
        if (!project || !mayBegin(project, jobId).includes(project.status)) return null;
        const setup = begunSetup(setupFor(project, jobId, repetition), token);
        const begun = await write(
          { _id: projectId, revision: project.revision },
          { set: { status: 'running', setup } },
        );
        if (begun) return begun;
      }
      throw new Error(`project ${projectId} changes too fast to begin its setup`);
    },

    /** What one run writes. @param traceId of the run. */
    recordOf: (project: Project, traceId: string | null): SetupRecord => setupRecord(database, project, traceId),

    /** A setup has ended without result. @returns null when it has gone on since, or had ended. */
    abandoned: (
      projectId: string,
      jobId: string,
      { status, error }: { status: 'failed' | 'cancelled'; error: SetupError },
    ): Promise<Project | null> =>
      write(
        { _id: projectId, 'setup.jobId': jobId, status: { $in: ['created', 'queued', 'running'] } },
        {
          set: {
            status,
            'setup.status': status,
            'setup.error': error,
            'setup.token': null,
            'setup.awaits': [],
            'setup.finishedAt': new Date(),
          },
        },
      ),

    /** The jobs of the setups that wait for it, e.g. for `campaign:<id>`. */
    async waitingFor(what: string): Promise<string[]> {
      const waiting = await rows()
        .find({ 'setup.awaits': what } as never, { projection: { 'setup.jobId': 1 } })
        .toArray();
      return waiting.flatMap(({ setup }) => setup?.jobId ?? []);
    },

    countOwned: (ownerId: string): Promise<number> => rows().countDocuments({ ownerId }),

    async createIndexes(): Promise<void> {
      await rows().createIndexes([{ key: { 'setup.awaits': 1 }, name: 'awaits', sparse: true }]);
    },
  };
}

const begunSetup = (setup: Setup, token: string): Setup => ({
  ...setup,
  status: setup.cancel ? 'cancelling' : 'running',
  token,
  awaits: [],
  error: null,
  startedAt: setup.startedAt ?? new Date(),
  finishedAt: null,
});

/** What a project must be to be set up: by its own job it goes on, another one takes up what has ended. */
function mayBegin({ setup }: Project, jobId: string): readonly ProjectStatus[] {
  const ended: ProjectStatus[] = ['created', 'failed', 'cancelled', 'ready'];
  return setup?.jobId === jobId ? ['queued', 'running', 'failed', 'cancelled'] : ended;
}

/** What people want of setups while they go on. */
function wishesIn(database: Connection) {
  const rows = () => database.collection<Project>('projects');
  const write = projectWriter(database);
  return {
    /** A person no longer wants it; the first wish holds. @returns null when there is nothing to cancel. */
    async cancelWished(projectId: string, wish: { mode: CancelMode; by: string }): Promise<Project | null> {
      const open = { _id: projectId, status: { $in: ['queued', 'running', 'failed'] } };
      const wished = await write(
        { ...open, 'setup.cancel': null },
        { set: { 'setup.cancel': { ...wish, at: new Date() }, 'setup.status': 'cancelling' } },
      );
      return wished ?? rows().findOne(open as never);
    },

    /** The secrets in plain text, to whoever comes first. */
    async reveal(projectId: string): Promise<ProjectSecrets['shownOnce']> {
      const before = await rows().findOneAndUpdate(
        { _id: projectId, 'secrets.shownOnce': { $ne: null } } as never,
        { $set: { 'secrets.shownOnce': null, updatedAt: new Date() }, $inc: { revision: 1 } } as never,
        { returnDocument: 'before' },
      );
      return before?.secrets?.shownOnce ?? null;
    },

    isCancelWished: async (projectId: string): Promise<boolean> =>
      (await rows().countDocuments({ _id: projectId, 'setup.cancel': { $ne: null } } as never, { limit: 1 })) > 0,
  };
}
