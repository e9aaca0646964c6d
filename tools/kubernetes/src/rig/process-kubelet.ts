import { setTimeout as delay } from 'node:timers/promises';
import type { NodeProcess } from '@millrace/stack';
import type { RunningControlPlane } from './control-plane-process.ts';
import { type Container, environmentOf } from './pod-environment.ts';

type Api = RunningControlPlane['api'];
type Labels = Readonly<Record<string, string>>;

type Pod = {
  metadata: { name: string; labels: Labels; deletionTimestamp?: string; deletionGracePeriodSeconds?: number };
  spec: { nodeName?: string; containers: [Container, ...Container[]] };
};

/** What a container runtime is given: the name of the pod, the name of its container, and its variables. */
export type Start = (pod: { name: string; container: string; env: Record<string, string> }) => Promise<NodeProcess>;

/** How long a pod took from its SIGTERM to its end. */
type Drain = { readonly labels: Labels; readonly ms: number };

/** A failing step is told; the next look begins it again where it can. */
const tell = (error: unknown): void => void process.stderr.write(`kubelet: ${String(error)}\n`);

const LOOK_EVERY_MS = 300;
/** More of them would take the processor from those that run. */
const STARTS_AT_ONCE = 3;
const pods = '/api/v1/namespaces/millrace/pods';

type Running = { readonly process: Promise<NodeProcess>; readonly labels: Labels; port?: number; isEnding: boolean };

/** Runs the pods that a selector finds as processes of this machine, as a kubelet runs containers: preStop, SIGTERM, grace, SIGKILL. */
export class ProcessKubelet {
  /** Of the pods that ended within their grace. */
  readonly drains: Drain[] = [];
  /** Pods that ended although nobody had asked them to, with the reason; they are started again. */
  readonly deaths: string[] = [];
  /** How many pods were killed at the end of their grace. */
  kills = 0;
  /** How many processes were started. */
  starts = 0;
  readonly #api: Api;
  readonly #selector: string;
  readonly #start: Start;
  readonly #running = new Map<string, Running>();
  readonly #ending = new Set<string>();
  #starting = 0;
  #isStopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(api: Api, selector: string, start: Start) {
    this.#api = api;
    this.#selector = encodeURIComponent(selector);
    this.#start = start;
  }

  /** Pods whose process runs. */
  get running(): number {
    return this.#running.size;
  }

  /** Where the ready pods with such labels answer; those that are being ended are none of them. */
  portsOf(labels: Labels): number[] {
    const ready = [...this.#running.values()].filter((one) => !one.isEnding && isLabelled(one, labels));
    return ready.flatMap(({ port }) => port ?? []);
  }

  start(): void {
    this.#loop = this.#lookAgainAndAgain();
  }

  /** Kills what runs. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#loop;
    const left = [...this.#running.values()].map(({ process }) => process.catch(() => undefined));
    await Promise.all(left.map(async (child) => (await child)?.kill()));
  }

  async #lookAgainAndAgain(): Promise<void> {
    while (!this.#isStopping) {
      await this.#look().catch(tell);
      await delay(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const { items } = await this.#api<{ items: Pod[] }>(`${pods}?labelSelector=${this.#selector}`);
    for (const pod of items) {
      const { name, deletionTimestamp } = pod.metadata;
      if (deletionTimestamp) {
        if (!this.#ending.has(name)) this.#end(pod).catch((error) => this.#endAgain(name, error));
        this.#ending.add(name);
      } else if (!this.#running.has(name) && this.#starting < STARTS_AT_ONCE) {
        this.#starting++;
        const begun = this.#begin(pod).catch(tell);
        void begun.finally(() => this.#starting--);
      }
    }
  }

  async #begin({ metadata: { name, labels }, spec }: Pod): Promise<void> {
    const [container] = spec.containers;
    this.starts++;
    const launched = environmentOf(this.#api, container).then((env) =>
      this.#start({ name, container: container.name, env }),
    );
    const one: Running = { process: launched, labels, isEnding: false };
    this.#running.set(name, one);
    // One that does not come up is begun anew at the next look.
    launched.catch(() => this.#running.delete(name));
    const child = await launched;
    void child.ended.then((reason) => this.#died(name, one, reason));
    if (!spec.nodeName) await this.#api(`${pods}/${name}/binding`, { method: 'POST', body: bindingOf(name) });
    const patch = { method: 'PATCH', type: 'application/merge-patch+json', body: ready() };
    await this.#api(`${pods}/${name}/status`, patch);
    one.port = Number(new URL(child.url).port);
  }

  #died(name: string, one: Running, reason: string): void {
    if (one.isEnding || this.#isStopping) return;
    this.deaths.push(`${name}: ${reason}`);
    this.#running.delete(name);
  }

  async #end({ metadata: { name, deletionGracePeriodSeconds = 30 }, spec }: Pod): Promise<void> {
    const one = this.#running.get(name);
    if (one) {
      one.isEnding = true;
      // One that does not come up has nothing to end.
      const child = await one.process.catch(() => undefined);
      if (child) this.#count(one, await endWithin(deletionGracePeriodSeconds * 1_000, child, preStopOf(spec)));
      this.#running.delete(name);
    }
    await this.#api(`${pods}/${name}`, { method: 'DELETE', body: { gracePeriodSeconds: 0 } });
  }

  #endAgain(name: string, error: unknown): void {
    tell(error);
    this.#ending.delete(name);
  }

  #count({ labels }: Running, drainedMs: number | undefined): void {
    if (drainedMs === undefined) this.kills++;
    else this.drains.push({ labels, ms: drainedMs });
  }
}

const isLabelled = (one: Running, labels: Labels): boolean =>
  Object.entries(labels).every(([key, value]) => one.labels[key] === value);

const preStopOf = ({ containers: [container] }: Pod['spec']): number =>
  (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000;

/** @returns how long it took from the SIGTERM to the end, in milliseconds; nothing when it had to be killed. */
async function endWithin(graceMs: number, child: NodeProcess, preStopMs: number): Promise<number | undefined> {
  const deadline = performance.now() + graceMs;
  // A preStop takes from the grace; one that takes all of it leaves no time for a SIGTERM.
  await delay(Math.min(preStopMs, graceMs));
  const startedAt = performance.now();
  if (startedAt < deadline) {
    child.signal('SIGTERM');
    const isLate = delay(deadline - startedAt, true, { ref: false });
    if (!(await Promise.race([child.ended.then(() => false), isLate]))) return performance.now() - startedAt;
  }
  await child.kill();
  return undefined;
}

const bindingOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name },
  target: { apiVersion: 'v1', kind: 'Node', name: 'this-machine' },
});

const ready = () => ({
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }],
  },
});
