import { engineJobOf, readEngineJob } from './ids.ts';

const name = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/**
 * The key in the store of a file that the engine has told of by its address. Only what lies in the folder of that very job is taken: an
 * address must not lead to somebody else's files. @returns undefined for any other.
 */
export function artifactKeyOf(address: string, job: { meshId: string; run: number }): string | undefined {
  const folder = `meshes/${engineJobOf(job)}/`;
  const at = address.lastIndexOf(`/${folder}`);
  const below = at < 0 ? '' : address.slice(at + 1 + folder.length);
  const isPlain = below.split('/').every((part) => name.test(part));
  return isPlain ? folder + below : undefined;
}

/** The engine's job whose folder a key lies in; undefined for what no engine job has left. */
export const engineJobOfKey = (key: string): ReturnType<typeof readEngineJob> => readEngineJob(key.split('/')[1] ?? '');
