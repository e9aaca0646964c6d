import { baseUrl, serviceConfig } from '@millrace/service';
import { z } from 'zod';

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  IMAGEKIT_API_URL: baseUrl.default('https://api.imagekit.io'),
  IMAGEKIT_PRIVATE_KEY: z.string().default(''),
  /** Where pictures are served. Default: the provider's public endpoint, or the API's own host when another one is set. */
  IMAGEKIT_URL_ENDPOINT: baseUrl.optional(),
  /** How long a picture stays after the last entity that shows it. Default 24 h. */
  ASSET_GRACE_SECONDS: z.coerce.number().min(0).default(86_400),
  /** How long a deleted campaign can be restored; 0: it is taken apart at once. */
  CAMPAIGN_KEEP_DELETED_DAYS: z.coerce.number().min(0).max(3_650).default(30),
  /** Size of the template that is generated on the first start. */
  TEMPLATE_PROFILE: z.enum(['tiny', 'full', 'huge']).default('full'),
  /** How many campaigns the common pool keeps ready, when it is set up first; 0 for none. Later its policy says. */
  POOL_TARGET: z.coerce.number().int().min(0).max(500).default(3),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) =>
  serviceConfig(own, { port: 4101, ...(env && { env }) });

/** Where the files of templates lie, without a trailing slash. */
export function urlEndpointOf({
  IMAGEKIT_API_URL,
  IMAGEKIT_URL_ENDPOINT,
}: Pick<Config, 'IMAGEKIT_API_URL' | 'IMAGEKIT_URL_ENDPOINT'>): string {
  if (IMAGEKIT_URL_ENDPOINT) return IMAGEKIT_URL_ENDPOINT;
  return IMAGEKIT_API_URL === 'https://api.imagekit.io' ? 'https://ik.imagekit.io/millrace' : IMAGEKIT_API_URL;
}
