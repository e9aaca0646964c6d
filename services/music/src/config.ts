import { baseUrl, ConfigError, serviceConfig } from '@millrace/service';
import { z } from 'zod';

const publicHost = /(^|\.)musicbrainz\.org$/;
/** What the public service asks of everybody. */
const publicIntervalMs = 1_000;

/** Whether this is the service that everybody shares, which blocks those who ask too often. */
export const isPublicMusicBrainz = (address: string): boolean => publicHost.test(new URL(address).hostname);

/** This service's own variables; the base ones are the kit's. */
const own = z.object({
  /** A MusicBrainz-compatible provider, with the path of its web service. */
  MUSICBRAINZ_URL: baseUrl.default('https://musicbrainz.org/ws/2'),
  /** A mail or web address that stands in the User-Agent; the public service blocks clients that give none. */
  MUSICBRAINZ_CONTACT: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'may hold printable ASCII characters without spaces')
    .default('no-contact-given'),
  /** From the answer to one request until the next, over all replicas. */
  MUSICBRAINZ_INTERVAL_MS: z.coerce.number().int().min(1).max(60_000).default(publicIntervalMs),
  DISCOGS_URL: baseUrl.default('https://api.discogs.com'),
  /** Without it nothing is asked of Discogs: its search needs one. */
  DISCOGS_TOKEN: z.string().default(''),
});

export type Config = ReturnType<typeof readConfig>;

/** @param env default: the process's environment. @throws ConfigError that lists every wrong variable. */
export const readConfig = (env?: Readonly<Record<string, string | undefined>>) => {
  const config = serviceConfig(own, { port: 4102, ...(env && { env }) });
  if (isPublicMusicBrainz(config.MUSICBRAINZ_URL) && config.MUSICBRAINZ_INTERVAL_MS < publicIntervalMs) {
    throw new ConfigError(
      `the configuration is wrong; correct these environment variables:\n  MUSICBRAINZ_INTERVAL_MS: is ${config.MUSICBRAINZ_INTERVAL_MS}, the public service allows one request in ${publicIntervalMs} ms; set MUSICBRAINZ_URL to a mirror of your own to go faster`,
    );
  }
  return config;
};
