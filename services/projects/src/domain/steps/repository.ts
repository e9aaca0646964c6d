import type { Project } from '../project.ts';
import type { SetupStep } from '../setup-step.ts';

export type Repositories = {
  /**
   * A bare repository with one commit of these files on all branches; what branches have is left as it is. The same files and
   * time make the same commit, so again changes nothing.
   * @returns the commit's id.
   */
  create(
    projectId: string,
    first: {
      readonly files: Readonly<Record<string, string>>;
      readonly branches: readonly string[];
      readonly at: Date;
    },
  ): Promise<string>;
  /** The commit of a branch; undefined when there is no repository or no branch. */
  head(projectId: string, branch: string): Promise<string | undefined>;
  /** A file as the branch has it. */
  readFile(projectId: string, branch: string, path: string): Promise<string>;
  remove(projectId: string): Promise<void>;
};

const branches = ['main', 'develop'] as const;

/** What the first commit holds. */
const filesOf = ({ _id, name, template, slug, createdAt }: Project): Record<string, string> => ({
  'README.md': `# ${name}\n\nThis project was set up from the template \`${template}\`.\n`,
  '.gitignore': '.DS_Store\nexports/\n*.tmp\n',
  'project.json': `${JSON.stringify({ id: _id, name, slug, template, createdAt: createdAt.toISOString() }, null, 2)}\n`,
});

export const repository = ({ repositories }: { readonly repositories: Repositories }): SetupStep => ({
  key: 'repository',
  summary: 'Makes a git repository with the branches main and develop and a first commit.',
  compensation: 'deleted if nobody has committed since, else kept',
  timeoutMs: 60_000,
  input: filesOf,
  async run({ project }) {
    const commit = await repositories.create(project._id, { files: filesOf(project), branches, at: project.createdAt });
    const head = await repositories.head(project._id, 'main');
    const output = { commit, branches };
    // Somebody has worked in it since: what is there is worth more than the first commit.
    return head === commit
      ? { output }
      : { output, warning: { code: 'repository-in-use', message: 'it has commits of others and was left as it is' } };
  },
  async undo({ project }) {
    const commit = project.setup?.steps.find(({ key }) => key === 'repository')?.output?.['commit'];
    const heads = await Promise.all(branches.map((branch) => repositories.head(project._id, branch)));
    if (commit !== undefined && heads.some((head) => head !== undefined && head !== commit))
      return { note: 'kept the repository: it has commits of others' };
    await repositories.remove(project._id);
    return { note: 'deleted the repository' };
  },
  async missing({ project }) {
    const heads = await Promise.all(branches.map((branch) => repositories.head(project._id, branch)));
    const gone = branches.filter((_, index) => heads[index] === undefined);
    return gone.length > 0 ? `the repository's ${gone.join(' and ')}` : undefined;
  },
});
