import { setTimeout as delay } from 'node:timers/promises';
import { createOutbox, type EventBus } from '@millrace/events';
import type { DeadLetterGroup, Jobs } from '@millrace/jobs';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { createIncidents, type Incident, type Incidents, incidentCollection } from './incidents.ts';

type Parts = {
  readonly service: string;
  readonly database: Connection;
  readonly jobs: Pick<Jobs, 'deadLetters'>;
  readonly bus: Pick<EventBus, 'publish' | 'onStreamReset'>;
  readonly everyMs: number;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
};

/** So that looking at a great many letters takes at most a twentieth of the time. */
const restFactor = 19;
const dayMs = 86_400_000;

/**
 * Announces the dead letters of a service: once when the first of a cause lies open, and once when none does any more, over
 * all replicas. It looks at what is stored, so that a letter is told whoever buried it, and whoever dies meanwhile.
 */
export function watchDeadLetters({ service, database, jobs, bus, everyMs, log }: Parts) {
  const incidents = createIncidents(database, service);
  const outbox = createOutbox({ database, collection: incidentCollection, bus, log });
  bus.onStreamReset(async () => void (await outbox.tellAgain(new Date(Date.now() - dayMs))));
  const stopping = new AbortController();
  const { signal } = stopping;
  let ended: Promise<void> | undefined;

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await look().catch((error: unknown) => log.warn({ err: error }, 'dead letters were not looked at, tried again'));
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    if (!(await incidents.takeTurn(everyMs))) return;
    const beganAt = performance.now();
    const groups = await jobs.deadLetters.groups('open');
    await outbox.tell(await changesBy(incidents, groups));
    await outbox.relay();
    const restMs = restFactor * (performance.now() - beganAt);
    if (restMs > everyMs) await incidents.restFor(restMs);
  }

  return {
    async start(): Promise<void> {
      await incidents.createIndexes();
      ended ??= context.with(ROOT_CONTEXT, watch);
    },
    /** Safe before `start` and twice. */
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  };
}

/** @returns the causes that have begun or ended by this look. */
async function changesBy(incidents: Incidents, groups: readonly DeadLetterGroup[]): Promise<Incident[]> {
  const now = new Date();
  const open = new Set(groups.map(({ fingerprint }) => fingerprint));
  const known = new Map((await incidents.known([...open])).map((row) => [row._id, row]));
  const changed: (Incident | null)[] = [];
  for (const group of groups) {
    const incident = known.get(group.fingerprint);
    if (!incident || incident.closedAt) changed.push(await incidents.begin(group, incident, now));
  }
  for (const incident of known.values()) {
    if (!incident.closedAt && !open.has(incident._id)) changed.push(await incidents.end(incident, now));
  }
  return changed.filter((row) => row !== null);
}
