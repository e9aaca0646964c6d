import { type Json, serviceForTests as onComponents } from '@millrace/service/testing';
import { startMusicBrainz } from '@millrace/simulators';
import { afterFile } from '@millrace/testkit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

export type { Json };
export type TestService = Awaited<ReturnType<typeof serviceForTests>>;

/** The whole service on real components, with a music provider that can be made to fail; stopped after the file. */
export async function serviceForTests(env: Record<string, string> = {}) {
  const provider = await startMusicBrainz({ plainAlbums: 50 });
  afterFile(() => provider.stop());
  const service = await onComponents({
    name: 'music',
    app: createApp,
    readConfig,
    env: () => ({ MUSICBRAINZ_URL: `${provider.url}/ws/2`, MUSICBRAINZ_INTERVAL_MS: '5', ...env }),
  });
  return { ...service, provider };
}
