import {
  type ArtifactStore,
  created,
  invalidInput,
  problem,
  type ReceivedFile,
  route,
  type SignedPaths,
} from '@millrace/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { imageIdOf, imageKey, type ProjectImage } from '../domain/image.ts';
import { type Picture, pictureHeadBytes, pictureOf } from '../domain/picture.ts';
import type { Project } from '../domain/project.ts';
import type { Images } from '../store/images.ts';
import type { Projects } from '../store/projects.ts';
import { imageResource, toImageResource } from './image-resource.ts';
import { changeableProject, projectParams } from './visible-project.ts';

type Deps = {
  readonly projects: Projects;
  readonly images: Images;
  readonly artifacts: Pick<ArtifactStore, 'put' | 'remove'>;
  readonly paths: SignedPaths;
};

const limitBytes = 25 * 1_048_576;

export const uploadRoute = ({ projects, images, artifacts, paths }: Deps) =>
  route({
    method: 'post',
    path: '/projects/:id/images',
    summary:
      'Gives a project pictures: PNG, JPEG or WebP, told by their bytes, each at most 25 MiB. The same bytes are one image.',
    role: 'member',
    params: projectParams,
    files: { limitBytes, atMost: 20 },
    responses: {
      201: {
        description: 'The images in the order of the files. Of a single file its fields stand at the top, too.',
        body: z.object({ ...imageResource.partial().shape, items: z.array(imageResource) }),
      },
    },
    problems: ['project-not-found'],
    async handle({ params: { id }, files, user }) {
      const project = await changeableProject(projects, id, user);
      // All are looked at before any is stored: a request is taken whole or not at all.
      const pictures = await Promise.all(files.map(checked));
      const stored: ProjectImage[] = [];
      for (const { file, picture } of pictures)
        stored.push(await store({ images, artifacts }, { project, file, picture, uploadedBy: user.sub }));
      const items = await Promise.all(stored.map((image) => toImageResource(image, paths)));
      const [only] = items;
      if (items.length > 1 || !only) return created(`/projects/${id}/images`, { items });
      return created(`/projects/${id}/images/${only.id}`, { ...only, items });
    },
  });

async function checked(file: ReceivedFile) {
  const picture = pictureOf(await file.head(pictureHeadBytes));
  if (picture) return { file, picture };
  const what = file.name || file.field;
  throw problem('unsupported-media-type', {
    type: `not a picture in ${JSON.stringify(what)}, by its bytes`,
    expected: 'PNG, JPEG or WebP',
  });
}

type Upload = {
  readonly project: Project;
  readonly file: ReceivedFile;
  readonly picture: Picture;
  readonly uploadedBy: string;
};

/** The file first, then its row: what dies in between leaves a file that nothing refers to, and a later clean-up takes it. */
async function store({ images, artifacts }: Pick<Deps, 'images' | 'artifacts'>, upload: Upload): Promise<ProjectImage> {
  const { project, file, picture, uploadedBy } = upload;
  const id = imageIdOf(project._id, file.sha256);
  const earlier = await images.find(project._id, id);
  if (earlier) return earlier;
  const key = imageKey({ projectId: project._id, uploadId: uuidv7(), extension: picture.extension });
  await artifacts.put(key, file.open());
  const at = new Date();
  const { name, bytes, sha256 } = file;
  const image = {
    _id: id,
    projectId: project._id,
    name,
    ...picture,
    bytes,
    sha256,
    key,
    uploadedBy,
    references: [],
    createdAt: at,
    updatedAt: at,
  };
  if (await images.add(image)) return image;
  await artifacts.remove(key);
  return (await images.find(project._id, id)) ?? refused();
}

function refused(): never {
  throw invalidInput([{ path: 'body', message: 'is being deleted just now; send it again' }]);
}
