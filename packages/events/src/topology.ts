const DAY_MS = 86_400_000;

/** Broker names, all derived. The prefix keeps several buses apart on one server, e.g. tests side by side. */
export type Topology = {
  readonly stream: string;
  /** What the stream takes in. */
  readonly subjects: string;
  subject(type: string): string;
  durable(service: string, type: string): string;
};

/** @param prefix letters, digits and hyphens. Default: none. */
export function topologyOf(prefix = ''): Topology {
  if (!/^[A-Za-z0-9-]*$/.test(prefix)) {
    throw new Error(`event name prefix ${JSON.stringify(prefix)} is not allowed; use letters, digits and hyphens`);
  }
  const subjectRoot = prefix === '' ? 'events' : `${prefix}-events`;
  return {
    stream: prefix === '' ? 'EVENTS' : `${prefix}-EVENTS`,
    subjects: `${subjectRoot}.>`,
    subject: (type) => `${subjectRoot}.${type}`,
    durable: (service, type) => `${service}__${type.replaceAll('.', '-')}`,
  };
}

export const streamLimits = {
  /** Of a new event's data as JSON. The servers take twice that, so that nothing which was stored is refused by them. */
  maxDataBytes: 1024 * 1024,
  /** What the servers are configured to take, headers included. */
  maxMessageBytes: 2 * 1024 * 1024,
  /** Kept free for headers: the id and the trace context. */
  headerBytes: 4 * 1024,
  /** The same message id within this time is stored once. */
  duplicateWindowMs: 120_000,
  maxAgeMs: 7 * DAY_MS,
} as const;

/** Twice the stream's age, so that no event in the stream is ever unknown to the inbox that handled it. */
export const inboxAgeMs = 14 * DAY_MS;
