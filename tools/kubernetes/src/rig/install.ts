import type { Resource } from '../rendered.ts';
import type { RunningControlPlane } from './control-plane-process.ts';

type Api = RunningControlPlane['api'];

const paths: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Secret: '/api/v1/namespaces/NS/secrets',
  Pod: '/api/v1/namespaces/NS/pods',
  Service: '/api/v1/namespaces/NS/services',
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
  PersistentVolumeClaim: '/api/v1/namespaces/NS/persistentvolumeclaims',
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  StatefulSet: '/apis/apps/v1/namespaces/NS/statefulsets',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/NS/poddisruptionbudgets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  APIService: '/apis/apiregistration.k8s.io/v1/apiservices',
};

/** Sends an object to the API server, which fills it in, validates and admits it. `dryRun` keeps nothing. @throws with the refusal. */
export async function apply(api: Api, resource: Resource, { dryRun = false } = {}): Promise<void> {
  const { kind, metadata } = resource;
  const path = paths[kind];
  if (!path) throw new Error(`${kind} has no path here`);
  const namespace = (metadata as { namespace?: string }).namespace ?? 'millrace';
  const options = `fieldManager=rig&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  await api(`${path.replace('NS', namespace)}/${metadata.name}?${options}`, {
    method: 'PATCH',
    type: 'application/apply-patch+yaml',
    body: resource,
  });
}

/** Sends all of an overlay without keeping it. @returns the refusals; `sent` counts, `unknown` are kinds that an operator would bring. */
export async function dryRun(api: Api, resources: readonly Resource[]) {
  const known = resources.filter(({ kind }) => paths[kind]);
  const refusals: string[] = [];
  for (const one of known)
    await apply(api, one, { dryRun: true }).catch((error: Error) => refusals.push(error.message));
  return { sent: known.length, unknown: resources.length - known.length, refusals };
}

type Variables = Readonly<Record<string, string>>;

/** Gives the pods of an overlay what they read: its ConfigMap `cluster` with these values instead, and a Secret for each service. */
export async function configure(
  api: Api,
  overlay: readonly Resource[],
  { cluster, secrets }: { cluster: Variables; secrets: Readonly<Record<string, Variables>> },
): Promise<void> {
  const found = overlay.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('cluster-'));
  if (!found) throw new Error('the overlay has no ConfigMap cluster');
  const { data } = found as Resource & { data: Variables };
  await apply(api, { ...found, data: { ...data, ...cluster } } as Resource);
  for (const [name, stringData] of Object.entries(secrets))
    await apply(api, { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData } as Resource);
}

/** Points the external metrics API to a server on this machine. Loopback addresses are refused, a name is not. */
export async function registerMetrics(api: Api, port: number): Promise<void> {
  const name = 'external-metrics';
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name } };
  await apply(api, {
    ...service,
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port, targetPort: port }] },
  });
  await apply(api, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.external.metrics.k8s.io' },
    spec: {
      group: 'external.metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name, namespace: 'millrace', port },
    },
  });
}
