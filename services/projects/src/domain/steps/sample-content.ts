import type { Project } from '../project.ts';
import { SetupWaits } from '../setup-errors.ts';
import type { SetupStep } from '../setup-step.ts';

type Asking = { readonly ownerId: string; readonly key: string; readonly signal: AbortSignal };
type Progress = { readonly id: string; readonly status: string };

export type SampleCampaigns = {
  /** The same key answers with the same campaign. */
  create(wish: Asking & { readonly name: string }): Promise<Progress & { readonly source: string }>;
  find(id: string, asking: Omit<Asking, 'key'>): Promise<Progress>;
  /** Again does no harm. @returns false when somebody has worked in it. */
  remove(id: string, asking: Omit<Asking, 'key'>): Promise<boolean>;
};

export type SampleMeshes = {
  create(
    wish: Asking & { readonly projectId: string; readonly imageId: string; readonly preset: string },
  ): Promise<Progress>;
  find(id: string, asking: Omit<Asking, 'key'>): Promise<Progress>;
  cancel(id: string, asking: Asking): Promise<void>;
};

type Parts = {
  readonly campaigns: SampleCampaigns;
  readonly meshes: SampleMeshes;
  /** Puts the sample picture among the project's images. @returns its id. */
  readonly addPicture: (project: Project) => Promise<string>;
  /** @returns false when somebody needs it just now. */
  readonly removePicture: (projectId: string, imageId: string) => Promise<boolean>;
};

const ended = ['ready', 'failed', 'completed', 'cancelled'];

const meshWish = ({ _id: projectId, ownerId, settings }: Project, imageId: string, by: Omit<Asking, 'ownerId'>) => ({
  ...by,
  ownerId,
  projectId,
  imageId,
  preset: settings?.meshPreset ?? 'balanced',
});

const campaignWish = ({ name, ownerId }: Project, by: Omit<Asking, 'ownerId'>) => ({
  ...by,
  ownerId,
  name: `${name}: starter campaign`.slice(0, 200),
});

export function sampleContent({ campaigns, meshes, addPicture, removePicture }: Parts): SetupStep {
  return {
    key: 'sample_content',
    summary: 'A starter campaign of the pool and a mesh of a sample picture, both the owner’s.',
    compensation: 'the campaign is deleted unless somebody has worked in it, the mesh cancelled, its picture deleted',
    timeoutMs: 60_000,
    input: () => ({}),
    async run({ project, id, signal, log, keep }) {
      const asking = { ownerId: project.ownerId, signal };
      const imageId = await addPicture(project);
      const [campaign, mesh] = await Promise.all([
        campaigns.create(campaignWish(project, { key: id('campaign'), signal })),
        meshes.create(meshWish(project, imageId, { key: id('mesh'), signal })),
      ]);
      const output = { campaignId: campaign.id, source: campaign.source, imageId, meshId: mesh.id };
      // Stored before the look: an end that comes in between wakes the setup.
      await keep(output, [`campaign:${campaign.id}`, `mesh:${mesh.id}`]);
      // What was answered first is answered again: only a look tells how they stand now.
      const [seeded, made] = await Promise.all([campaigns.find(campaign.id, asking), meshes.find(mesh.id, asking)]);
      const waiting = [
        ...(ended.includes(seeded.status) ? [] : [`campaign:${campaign.id}`]),
        ...(ended.includes(made.status) ? [] : [`mesh:${mesh.id}`]),
      ];
      if (waiting.length > 0) throw new SetupWaits(waiting);
      log(`campaign from ${campaign.source}`);
      const wrong = [
        ...(seeded.status === 'ready' ? [] : [`the campaign is ${seeded.status}`]),
        ...(made.status === 'completed' ? [] : [`the mesh is ${made.status}`]),
      ];
      return wrong.length === 0
        ? { output }
        : { output, warning: { code: 'sample-content-failed', message: wrong.join(', ') } };
    },
    async undo({ project, id, signal }) {
      const asking = { ownerId: project.ownerId, signal };
      const imageId = await addPicture(project);
      const { campaignId, meshId } = await knownOf(project, imageId, (what) => ({ key: id(what), signal }));
      const isDeleted = await campaigns.remove(campaignId, asking);
      await meshes.cancel(meshId, { ...asking, key: id('cancel-mesh') });
      const isRemoved = await removePicture(project._id, imageId);
      const campaign = isDeleted ? 'deleted the campaign' : 'kept the campaign, in which somebody has worked';
      const picture = isRemoved ? 'deleted its picture' : 'kept its picture, which is in use';
      return { note: `${campaign}, cancelled the mesh if it was not done, ${picture}` };
    },
  };

  /** What was asked for in vain is asked for once more, by the same key: then it is known, and can be taken back. */
  async function knownOf(
    project: Project,
    imageId: string,
    by: (what: 'campaign' | 'mesh') => Omit<Asking, 'ownerId'>,
  ): Promise<{ campaignId: string; meshId: string }> {
    const output = project.setup?.steps.find(({ key }) => key === 'sample_content')?.output;
    if (output) return output as { campaignId: string; meshId: string };
    const [campaign, mesh] = await Promise.all([
      campaigns.create(campaignWish(project, by('campaign'))),
      meshes.create(meshWish(project, imageId, by('mesh'))),
    ]);
    return { campaignId: campaign.id, meshId: mesh.id };
  }
}
