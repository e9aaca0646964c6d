import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '@millrace/service';
import type { ImageProvider } from '../clients/image-provider.ts';
import { ProviderRefused, ProviderUnavailable } from '../clients/provider-errors.ts';
import { assetIdOf } from '../domain/ids.ts';
import type { ImageFormat } from '../domain/image-format.ts';
import type { Asset, Assets } from '../store/assets.ts';

type Picture = ImageFormat & { readonly bytes: Buffer };
export type StorePicture = (picture: Picture, signal?: AbortSignal) => Promise<Asset>;

/** How long one upload may take before another request takes it over. */
const uploadLeaseMs = 90_000;
/** How long a request waits for another one that uploads the same bytes. */
const patienceMs = 20_000;

/**
 * Finds or uploads a picture by the hash of its bytes. Of requests with the same bytes one uploads, the others wait for it.
 * The path at the provider derives from the hash too, so even an upload that is taken over leaves one file.
 */
export function pictureStore({
  assets,
  provider,
}: {
  assets: Assets;
  provider: Pick<ImageProvider, 'upload'>;
}): StorePicture {
  return async (picture, signal) => {
    const sha256 = createHash('sha256').update(picture.bytes).digest('hex');
    const id = assetIdOf(sha256);
    const deadline = Date.now() + patienceMs;
    let stored = await findOrUpload(id, sha256, picture, signal);
    while (!stored) {
      if (Date.now() >= deadline) throw busy('being uploaded');
      await delay(50, undefined, signal ? { signal } : {});
      stored = await findOrUpload(id, sha256, picture, signal);
    }
    return stored;
  };

  /** Null while another request is at it. */
  async function findOrUpload(
    id: string,
    sha256: string,
    picture: Picture,
    signal?: AbortSignal,
  ): Promise<Asset | null> {
    const asset = await assets.find(id);
    if (asset?.state === 'stored' || asset?.state === 'purging') return asset;
    if (asset?.state === 'deleting') throw busy('being deleted');
    return upload(id, sha256, picture, signal);
  }

  async function upload(
    id: string,
    sha256: string,
    { bytes, mediaType, extension }: Picture,
    signal?: AbortSignal,
  ): Promise<Asset | null> {
    const token = randomUUID();
    const claim = { token, until: new Date(Date.now() + uploadLeaseMs) };
    if (!(await assets.claimUpload({ _id: id, mediaType, bytes: bytes.length }, claim))) return null;
    try {
      const file = { bytes, mediaType, fileName: `${sha256}.${extension}`, folder: '/pictures' };
      return await assets.finishUpload(id, token, await provider.upload(file, signal));
    } catch (error) {
      await assets.giveUpUpload(id, token);
      throw asProblem(error);
    }
  }
}

const busy = (state: string) =>
  problem(
    'conflict',
    { reason: `the same picture is ${state} just now; send it again in a minute` },
    { headers: { 'Retry-After': '30' } },
  );

function asProblem(error: unknown): unknown {
  if (error instanceof ProviderUnavailable)
    return problem('dependency-unavailable', { dependency: 'the image provider' }, { cause: error });
  if (error instanceof ProviderRefused)
    return problem('image-provider-failed', { reason: error.message }, { cause: error });
  return error;
}
