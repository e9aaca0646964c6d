import { SetupRefused } from '../setup-errors.ts';
import type { SetupStep } from '../setup-step.ts';
import { slugCandidates } from '../slug.ts';

type Parts = {
  readonly slugs: {
    reserve(projectId: string, candidates: readonly string[]): Promise<string | undefined>;
    release(projectId: string): Promise<void>;
    of(projectId: string): Promise<string | undefined>;
  };
};

export const reserveSlug = ({ slugs }: Parts): SetupStep => ({
  key: 'reserve_slug',
  summary: 'Takes an address that no other project has.',
  compensation: 'the address is free again',
  timeoutMs: 10_000,
  input: ({ name }) => ({ name }),
  async run({ project: { _id }, output, log }) {
    const { slug: wanted } = output('validate') as { slug: string };
    const slug = await slugs.reserve(_id, slugCandidates(wanted, _id));
    if (slug === undefined)
      throw new SetupRefused(
        'slug-taken',
        `every address like ${wanted} is taken`,
        'give the project another name, then resume its setup',
      );
    if (slug !== wanted) log(`${wanted} was taken`);
    return { output: { slug }, fields: { slug } };
  },
  async undo({ project: { _id, slug } }) {
    await slugs.release(_id);
    return { note: `released ${slug ?? 'nothing'}`, fields: { slug: null } };
  },
  async missing({ project: { _id, slug } }) {
    const held = await slugs.of(_id);
    return held === slug ? undefined : `the address ${slug} is not reserved`;
  },
});
