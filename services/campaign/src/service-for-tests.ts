import { type Answer, type Json, serviceForTests as onComponents } from '@millrace/service/testing';
import { startImageProvider } from '@millrace/simulators';
import { afterFile } from '@millrace/testkit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

export type { Answer, Json };
export type TestService = Awaited<ReturnType<typeof serviceForTests>>;

/** The whole service on real components, with an image provider that can be made to fail; stopped after the file. */
export async function serviceForTests(env: Record<string, string> = {}) {
  const provider = await startImageProvider({ purgeMs: 50 });
  afterFile(() => provider.stop());
  const service = await onComponents({
    name: 'campaign',
    app: createApp,
    readConfig,
    env: () => ({
      TEMPLATE_PROFILE: 'tiny',
      POOL_TARGET: '0',
      IMAGEKIT_API_URL: provider.url,
      IMAGEKIT_PRIVATE_KEY: 'secret',
      ...env,
    }),
  });
  return { ...service, provider };
}
