import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { enginePython } from '@millrace/stack';
import { madeLogo } from './made-logo.ts';

export type Picture = { readonly name: string; readonly bytes: Buffer };

/** Photos that come with scikit-image, which the engine's tests bring along; nobody has to commit or fetch any. */
const photos = ['astronaut.png', 'camera.png', 'horse.png', 'chelsea.png'];

/** Real photos and a made logo. */
export async function realPictures(): Promise<Picture[]> {
  const python = await enginePython(() => undefined);
  const asking = ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'];
  const { stdout } = await promisify(execFile)(python.path, asking);
  const folder = join(stdout.trim(), 'skimage/data');
  const read = async (name: string): Promise<Picture> => ({ name, bytes: await readFile(join(folder, name)) });
  return [...(await Promise.all(photos.map(read))), { name: 'logo.png', bytes: madeLogo(512) }];
}
