import { invalidInput, Problem, problem } from '@millrace/service';
import { z } from 'zod';
import type { ServiceName } from '../domain/service-name.ts';

/** Why a service could not be asked. @throws a Problem again: that is none of the service's faults. */
export function reasonOf(error: unknown): string {
  if (error instanceof Problem) throw error;
  return error instanceof Error ? error.message : String(error);
}

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** The services, asked in the name of whoever asks the console. */
export type Services = ReturnType<typeof createServices>;

/** How long a page waits for one service before it goes without. */
const patienceMs = 5_000;

/** @param urls without a slash at the end. */
export function createServices(urls: ServiceUrls) {
  return {
    urls,
    /**
     * A service's answer. @throws Problem `validation-failed` with what the service finds wrong in the question, which is the asker's
     * to mend; else Error with what it said, or that it cannot be reached.
     */
    async get<Body>(service: ServiceName, path: string, authorization: string | undefined): Promise<Body> {
      const answer = await fetch(`${urls[service]}${path}`, {
        headers: { ...(authorization && { authorization }), accept: 'application/json' },
        signal: AbortSignal.timeout(patienceMs),
        redirect: 'manual',
      }).catch((error: unknown) => {
        throw new Error(isTimeout(error) ? 'does not answer in time' : 'cannot be reached', { cause: error });
      });
      if (!answer.ok) throw refusalOf(answer.status, await answer.text());
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

/** What a service sends instead of an answer. */
const refusal = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

function refusalOf(status: number, text: string): Error {
  const { code, detail, errors } = refusal.safeParse(jsonIn(text)).data ?? {};
  if (code === 'validation-failed' && errors) return invalidInput(errors);
  return new Error(`answers ${status}: ${detail ?? text.slice(0, 200)}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
