import { readFileSync } from 'node:fs';

const variable = (name: string): string | undefined => process.env[name] || undefined;

/** What this program reads from the environment; nothing else in it looks there. */
export const cliConfig = {
  /** The service that is meant when `--service` is not given. */
  service: (): string | undefined => variable('MILLRACE_SERVICE'),
  /** The address of a service, when `--url` is not given. */
  url: (): string | undefined => variable('MILLRACE_URL'),
  /** `CAMPAIGN_URL` and the like. */
  urlOf: (urlVariable: string): string | undefined => variable(urlVariable),
  /** The bearer token, itself or in a file. @throws Error when the file cannot be read. */
  token(): string | undefined {
    const file = variable('MILLRACE_TOKEN_FILE');
    return file ? readFileSync(file, 'utf8').trim() : variable('MILLRACE_TOKEN');
  },
};
