import type { RunningControlPlane } from './control-plane-process.ts';

/** What a kubelet reads of a container here. */
export type Container = {
  name: string;
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
};

type Data = { data?: Record<string, string> };

/** The variables of a container: those of its ConfigMaps and Secrets in their order, then its own. @throws when one of those is not there. */
export async function environmentOf(
  api: RunningControlPlane['api'],
  { env = [], envFrom = [] }: Container,
): Promise<Record<string, string>> {
  const sets = await Promise.all(
    envFrom.map(async ({ configMapRef, secretRef }) => {
      const path = configMapRef ? `configmaps/${configMapRef.name}` : `secrets/${secretRef?.name}`;
      const { data = {} } = await api<Data>(`/api/v1/namespaces/millrace/${path}`);
      return configMapRef ? data : decoded(data);
    }),
  );
  return Object.assign({}, ...sets, Object.fromEntries(env.map(({ name, value = '' }) => [name, value])));
}

const decoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]));
