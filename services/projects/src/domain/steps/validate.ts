import { SetupRefused } from '../setup-errors.ts';
import type { SetupStep } from '../setup-step.ts';
import { slugOf } from '../slug.ts';

type Parts = { countOwned(ownerId: string): Promise<number>; readonly quota: number };

export const validate = ({ countOwned, quota }: Parts): SetupStep => ({
  key: 'validate',
  summary: 'Checks the name, and how many projects its owner has.',
  compensation: 'nothing to take back',
  timeoutMs: 10_000,
  input: ({ name, ownerId }) => ({ name, ownerId }),
  async run({ project: { name, ownerId } }) {
    const slug = slugOf(name);
    if (slug === undefined)
      throw new SetupRefused(
        'name-unusable',
        `the name ${JSON.stringify(name)} makes no address: it is reserved`,
        'give the project another name by PATCH /projects/:id, then resume its setup',
      );
    const owned = await countOwned(ownerId);
    if (owned > quota)
      throw new SetupRefused(
        'project-quota-exceeded',
        `${ownerId} has ${owned} projects, ${quota} are allowed`,
        'have the quota raised (QUOTA_PROJECTS), then resume the setup',
      );
    return { output: { slug, owned } };
  },
});
