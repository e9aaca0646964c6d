/** A Kubernetes object, as YAML writes it. */
export type Manifest = { readonly apiVersion: string; readonly kind: string; readonly metadata: Metadata } & Record<
  string,
  unknown
>;
type Metadata = { readonly name: string; readonly labels?: Record<string, string> };

export type Labels = Readonly<Record<string, string>>;

type PodWish = {
  /** The image and the ServiceAccount. */
  service: string;
  labels: Labels;
  port: number;
  env: Readonly<Record<string, string>>;
  resources: { cpuMilli: number; memoryMi: number };
  graceSeconds: number;
  /** Seconds between being taken from the endpoints and the SIGTERM; for pods that are asked over HTTP. */
  preStopSeconds?: number;
  /** Mounts the store of pictures and meshes. */
  usesArtifacts: boolean;
  /** Reads a ConfigMap of its own name, where the overlay has one. */
  hasOwnSettings?: boolean;
};

/** The pod of a TypeScript service: not root, nothing writable but `/tmp`, spread over the nodes, secrets by reference. */
export function podOf(wish: PodWish) {
  const { service, labels, graceSeconds, usesArtifacts } = wish;
  return {
    metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': `${wish.port}` } },
    spec: {
      serviceAccountName: service,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels },
      })),
      containers: [containerOf(wish)],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
        // Only where no AUTH_JWKS_URL is set, which is for development.
        { name: 'auth', secret: { secretName: 'local-key', optional: true } },
        ...(usesArtifacts ? [{ name: 'artifacts', persistentVolumeClaim: { claimName: 'artifacts' } }] : []),
      ],
    },
  };
}

function containerOf({
  service,
  port,
  env,
  resources: { cpuMilli, memoryMi },
  preStopSeconds,
  usesArtifacts,
  hasOwnSettings,
}: PodWish) {
  const heapMi = Math.floor(memoryMi * 0.75);
  const variables = { ...env, PORT: `${port}`, NODE_OPTIONS: `--max-old-space-size=${heapMi}` };
  return {
    name: service,
    image: `millrace/${service}`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: port }],
    envFrom: [
      { configMapRef: { name: 'cluster' } },
      // Where a service has settings of its own; they win over the common ones.
      ...(hasOwnSettings ? [{ configMapRef: { name: service, optional: true } }] : []),
      { secretRef: { name: service } },
    ],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    startupProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5, timeoutSeconds: 3 },
    ...(preStopSeconds !== undefined && { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } }),
    resources: {
      requests: { cpu: `${cpuMilli}m`, memory: `${memoryMi}Mi`, 'ephemeral-storage': '64Mi' },
      // No limit of the processor: Node would be throttled in the middle of a heartbeat.
      limits: { memory: `${memoryMi}Mi`, 'ephemeral-storage': '512Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'auth', mountPath: '/auth', readOnly: true },
      ...(usesArtifacts ? [{ name: 'artifacts', mountPath: '/artifacts' }] : []),
    ],
  };
}

/** One pod at a time may be taken away on purpose, and one that is broken always. */
export const disruptionBudget = (name: string, labels: Labels): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, labels },
  spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: labels } },
});

export const labelsOf = (name: string, component: string): Labels => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'millrace',
});
