import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type controlPlane, freePort, type GuardedProcess, startGuarded } from '@millrace/stack';
import { Agent, fetch } from 'undici';

const TOKEN = 'rig-admin';
const READY_WITHIN_MS = 60_000;

/** A Kubernetes without nodes: its API, its controllers, and nothing that starts pods. */
export type RunningControlPlane = {
  /** A request as the cluster's admin. @throws with the API's own words when it refuses. */
  api<Answer>(path: string, request?: ApiRequest): Promise<Answer>;
  /** A certificate and key that TLS servers beside it may use. */
  readonly certificate: { cert: Buffer; key: Buffer };
  stop(): Promise<void>;
};
type ApiRequest = { method?: string; body?: unknown; type?: string };

type Programs = NonNullable<Awaited<ReturnType<typeof controlPlane>>>;

/** Starts etcd, the API server and the controllers on loopback; the autoscaler looks each `syncSeconds`, and without them there is no controller. */
export async function startControlPlane(
  programs: Programs,
  { directory, syncSeconds }: { directory: string; syncSeconds?: number },
): Promise<RunningControlPlane> {
  const processes: GuardedProcess[] = [];
  const stop = async () => {
    for (const one of processes.toReversed()) await one.kill();
  };
  const start = async (name: string, command: string, args: string[]) => {
    const logFile = join(directory, `${name}.log`);
    processes.push(await startGuarded({ command, args, env: {}, cwd: directory, logFile }));
  };
  try {
    await mkdir(directory, { recursive: true });
    const ports = { etcd: await freePort(), peer: await freePort(), api: await freePort(), kcm: await freePort() };
    await writeCredentials(directory, ports.api);
    await start('etcd', programs.etcd, etcdArgs(directory, ports));
    await start('kube-apiserver', programs.apiserver, apiArgs(directory, ports));
    const api = apiOn(`https://127.0.0.1:${ports.api}`);
    await untilReady(api, join(directory, 'kube-apiserver.log'));
    if (syncSeconds !== undefined)
      await start('kube-controller-manager', programs.controllers, controllerArgs(directory, ports, syncSeconds));
    const [cert, key] = await Promise.all(
      ['crt', 'key'].map((end) => readFile(join(directory, `cert/apiserver.${end}`))),
    );
    return { api, certificate: { cert: cert as Buffer, key: key as Buffer }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type PlanePorts = { etcd: number; peer: number; api: number; kcm: number };

function etcdArgs(directory: string, { etcd, peer }: PlanePorts): string[] {
  const client = `http://127.0.0.1:${etcd}`;
  const peers = `http://127.0.0.1:${peer}`;
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
  ];
}

const apiArgs = (directory: string, { etcd, api }: PlanePorts): string[] => [
  `--etcd-servers=http://127.0.0.1:${etcd}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${api}`,
  '--endpoint-reconciler-type=none',
  `--cert-dir=${join(directory, 'cert')}`,
  '--authorization-mode=RBAC',
  `--token-auth-file=${join(directory, 'tokens.csv')}`,
  '--service-account-issuer=https://rig',
  `--service-account-key-file=${join(directory, 'account.key')}`,
  `--service-account-signing-key-file=${join(directory, 'account.key')}`,
  '--service-cluster-ip-range=10.96.0.0/16',
];

const controllerArgs = (directory: string, { kcm }: PlanePorts, syncSeconds: number): string[] => [
  `--kubeconfig=${join(directory, 'kubeconfig')}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${kcm}`,
  `--cert-dir=${join(directory, 'kcm-cert')}`,
  '--leader-elect=false',
  // No nodes that could fall silent, and pods on one that nobody reports.
  '--controllers=*,-node-lifecycle-controller,-node-ipam-controller,-pod-garbage-collector-controller',
  `--service-account-private-key-file=${join(directory, 'account.key')}`,
  `--horizontal-pod-autoscaler-sync-period=${syncSeconds}s`,
];

async function writeCredentials(directory: string, port: number): Promise<void> {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rig', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'rig', user: { token: TOKEN } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'rig' } }],
    'current-context': 'rig',
  };
  await writeFile(join(directory, 'account.key'), privateKey);
  await writeFile(join(directory, 'tokens.csv'), `${TOKEN},admin,admin,"system:masters"\n`);
  await writeFile(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig));
}

function apiOn(origin: string): RunningControlPlane['api'] {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  return async <Answer>(path: string, { method = 'GET', body, type = 'application/json' }: ApiRequest = {}) => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text.startsWith('{') ? JSON.parse(text) : text) as Answer;
  };
}

async function untilReady(api: RunningControlPlane['api'], logFile: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await api<string>('/readyz').catch(() => undefined);
    if (answer === 'ok') return;
    await delay(200);
  }
  throw new Error(`the API server was not ready within ${READY_WITHIN_MS / 1_000} s; its log is ${logFile}`);
}
