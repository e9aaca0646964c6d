import { SetupRefused } from '../setup-errors.ts';
import type { SetupStep } from '../setup-step.ts';
import type { Repositories } from './repository.ts';
import { type Files, workspaceOf } from './storage.ts';

type Parts = { readonly files: Files; readonly repositories: Repositories };

export const smokeTest = ({ files, repositories }: Parts): SetupStep => ({
  key: 'smoke_test',
  summary: 'Writes and reads a file, reads the repository, and checks who may do what.',
  compensation: 'nothing to take back',
  timeoutMs: 60_000,
  input: ({ setup }) => setup?.steps.slice(0, -2).map(({ inputHash }) => inputHash),
  async run({ project, id }) {
    const { _id, ownerId, members: all } = project;
    const key = `${workspaceOf(_id)}/exports/smoke-test.txt`;
    await files.write(key, id('smoke'));
    const read = await files.read(key);
    await files.remove(key);
    if (read !== id('smoke')) throw new Error(`${key} was written and reads differently`);
    const description: unknown = JSON.parse(await repositories.readFile(_id, 'main', 'project.json'));
    if ((description as { id?: unknown }).id !== _id) throw broken('the repository is of another project');
    if (!all.some(({ sub, role }) => sub === ownerId && role === 'admin')) throw broken('the owner is no admin of it');
    return { output: { checks: ['storage', 'repository', 'members'] } };
  },
});

const broken = (message: string) =>
  new SetupRefused(
    'smoke-test-failed',
    message,
    'resume the setup from the step that made it (from: repository or members)',
  );
