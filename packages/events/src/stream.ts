import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { streamLimits, type Topology } from './topology.ts';

/** Finds the stream or makes it. Returns its creation time, which tells a wiped stream from the old one. */
export async function ensureStream(
  manager: JetStreamManager,
  { stream, subjects }: Topology,
  replicas: number,
): Promise<string> {
  const found = await findStream(manager, stream);
  if (found !== undefined) return found;
  const { created } = await manager.streams.add({
    name: stream,
    subjects: [subjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(streamLimits.duplicateWindowMs),
    max_age: nanos(streamLimits.maxAgeMs),
    num_replicas: replicas,
  });
  return created;
}

async function findStream(manager: JetStreamManager, stream: string): Promise<string | undefined> {
  try {
    return (await manager.streams.info(stream)).created;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/** The server's answer when a durable of that name has other settings; servers before 2.10 just take the new ones. */
const consumerExists = 10_148;

/**
 * Finds the durable or makes it, from the stream's beginning; changes of our own settings are carried over.
 * The server counts deliveries but never gives up: giving up is ours, after the dead letter is kept.
 * One filter subject, since servers before 2.10 take no more.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  stream: string,
  { durable, subject, ackWaitMs }: { durable: string; subject: string; ackWaitMs: number },
): Promise<ConsumerInfo> {
  const changeable = {
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    // An event that waits for its redelivery counts as unanswered; a lower limit would let failing events stop the others.
    max_ack_pending: 20_000,
  };
  const fixed = {
    durable_name: durable,
    filter_subject: subject,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
  };
  try {
    return await manager.consumers.add(stream, { ...fixed, ...changeable });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== consumerExists) throw error;
    return manager.consumers.update(stream, durable, changeable);
  }
}
