import { problem } from '@millrace/service';
import type { ServiceName } from '../domain/service-name.ts';

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** The services, asked in the name of whoever asks the console. */
export type Services = ReturnType<typeof createServices>;

/** How long a page waits for one service before it goes without. */
const patienceMs = 5_000;

/** @param urls without a slash at the end. */
export function createServices(urls: ServiceUrls) {
  return {
    urls,
    /** A service's answer. @throws Error with what it said, or that it cannot be reached. */
    async get<Body>(service: ServiceName, path: string, authorization: string | undefined): Promise<Body> {
      const answer = await fetch(`${urls[service]}${path}`, {
        headers: { ...(authorization && { authorization }), accept: 'application/json' },
        signal: AbortSignal.timeout(patienceMs),
        redirect: 'manual',
      }).catch((error: unknown) => {
        throw new Error(isTimeout(error) ? 'does not answer in time' : 'cannot be reached', { cause: error });
      });
      if (!answer.ok) throw new Error(`answers ${answer.status}: ${await detailIn(answer)}`);
      return (await answer.json()) as Body;
    },
    /** What a service lacks; none when it is ready, and a sentence when it cannot be reached. */
    async troubles(service: ServiceName): Promise<readonly string[]> {
      try {
        const answer = await fetch(`${urls[service]}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
        return ((await answer.json()) as { reasons: string[] }).reasons;
      } catch {
        return [problem('service-unavailable', { service }).message];
      }
    },
  };
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

async function detailIn(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
