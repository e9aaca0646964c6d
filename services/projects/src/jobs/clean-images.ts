import { cleanImages } from '@millrace/contracts/projects';
import { defineJob, done } from '@millrace/jobs';
import { type ArtifactStore, sweepArtifacts } from '@millrace/service';
import { imagePrefix } from '../domain/image.ts';
import type { Images } from '../store/images.ts';

type Deps = { readonly images: Pick<Images, 'keysInUse'>; readonly artifacts: ArtifactStore };

/** Removes files that no image stands for: those of uploads that died, and of images whose file outlived them. */
export const cleanImagesJob = ({ images, artifacts }: Deps) =>
  defineJob(cleanImages, {
    unique: { key: () => 'all' },
    async run({ payload: { graceSeconds }, signal }) {
      const untouchedSince = new Date(Date.now() - graceSeconds * 1_000);
      const keysInUse = (keys: readonly string[]) => images.keysInUse(keys);
      return done({
        result: await sweepArtifacts({ artifacts, prefix: imagePrefix, untouchedSince, keysInUse, signal }),
      });
    },
  });
