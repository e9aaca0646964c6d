import { reasonOf, type Services } from '../clients/services.ts';
import { type Away, type ServiceName, serviceNames } from '../domain/service-name.ts';

export type Asked<Body> = {
  readonly answers: readonly { readonly service: ServiceName; readonly body: Body }[];
  readonly away: readonly Away[];
};

/** Asks services at once for the same thing; those that fail are named and do not spoil the rest. Default: all of them. @throws Problem when one of them finds the question wrong. */
export async function askAll<Body>(
  services: Services,
  path: string,
  authorization: string | undefined,
  of: readonly ServiceName[] = serviceNames,
): Promise<Asked<Body>> {
  const outcomes = await Promise.allSettled(of.map((service) => services.get<Body>(service, path, authorization)));
  const named = outcomes.map((outcome, index) => ({ outcome, service: of[index] as ServiceName }));
  return {
    answers: named.flatMap(({ outcome, service }) =>
      outcome.status === 'fulfilled' ? [{ service, body: outcome.value }] : [],
    ),
    away: named.flatMap(({ outcome, service }) =>
      outcome.status === 'rejected' ? [{ service, reason: reasonOf(outcome.reason) }] : [],
    ),
  };
}
