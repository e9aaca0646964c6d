import { modelOf } from '@millrace/service/model';
import type { Connection, QueryFilter, UpdateQuery } from 'mongoose';
import type { Delivery, Webhook, WebhookEvent } from '../domain/webhook.ts';

export type Webhooks = ReturnType<typeof webhooksIn>;

/** Whose mesh or batch it is, and of which project. */
type Whose = { readonly ownerId: string; readonly projectId: string | null };

type Page = { readonly after: Record<string, unknown>; readonly limit: number };

const attemptsKept = 20;
const logKeptSeconds = 30 * 86_400;

/** Collections `webhooks` and `webhook_deliveries`, the log, which is kept for 30 days. */
export function webhooksIn(database: Connection) {
  const log = deliveriesIn(database);
  return { ...hooksIn(database, log), ...log };
}

function hooksIn(database: Connection, { forget }: Pick<ReturnType<typeof deliveriesIn>, 'forget'>) {
  const hooks = modelOf<Webhook>(database, 'webhooks', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ projectId: 1 }, { partialFilterExpression: { projectId: { $type: 'string' } } }],
  ]);
  const change = (id: string, $set: object, more: object = {}): Promise<Webhook | null> =>
    hooks
      .findOneAndUpdate(
        { _id: id, ...more } as QueryFilter<Webhook>,
        { $set: { ...$set, updatedAt: new Date() } } as UpdateQuery<Webhook>,
        {
          returnDocument: 'after',
        },
      )
      .lean<Webhook>()
      .exec();

  return {
    /** The same id again changes nothing. */
    async add(webhook: Webhook): Promise<void> {
      const { _id, ...fields } = webhook;
      await hooks.collection.updateOne({ _id: _id as never }, { $setOnInsert: fields }, { upsert: true });
    },

    find: (id: string): Promise<Webhook | null> => hooks.findById(id).lean<Webhook>().exec(),

    /** Newest first. */
    list: (ownerId: string | undefined, { after, limit }: Page): Promise<Webhook[]> =>
      hooks
        .find({ $and: [ownerId === undefined ? {} : { ownerId }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Webhook[]>()
        .exec(),

    /** Those of a person that ask for everything of theirs, and those of a project whoever's they are; none that is disabled. */
    asking: (type: WebhookEvent, { ownerId, projectId }: Whose): Promise<Webhook[]> =>
      hooks
        .find({
          events: type,
          disabledAt: null,
          // Null finds those without the field, too.
          $or: [{ ownerId, projectId: null }, ...(projectId === null ? [] : [{ projectId }])],
        } as never)
        .lean<Webhook[]>()
        .exec(),

    setSecrets: (id: string, secrets: Webhook['secrets']) => change(id, { secrets }),
    enable: (id: string) => change(id, { disabledAt: null, disabledBecause: null, failingSince: null }),
    disable: (id: string, why: string) =>
      change(id, { disabledAt: new Date(), disabledBecause: why }, { disabledAt: null }),

    async remove(id: string): Promise<void> {
      await hooks.deleteOne({ _id: id } as never);
      await forget(id);
    },

    /** @returns since when it fails; null after a success. */
    async noteOutcome(id: string, isGood: boolean): Promise<Date | null> {
      if (isGood) await change(id, { failingSince: null });
      else await change(id, { failingSince: new Date() }, { failingSince: null });
      return (await this.find(id))?.failingSince ?? null;
    },
  };
}

function deliveriesIn(database: Connection) {
  const deliveries = modelOf<Delivery>(database, 'webhook_deliveries', [
    [{ webhookId: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: 1 }, { expireAfterSeconds: logKeptSeconds }],
  ]);

  return {
    /** The same event again changes nothing. */
    async addDelivery(delivery: Delivery): Promise<void> {
      const { _id, ...fields } = delivery;
      await deliveries.collection.updateOne({ _id: _id as never }, { $setOnInsert: fields }, { upsert: true });
    },

    findDelivery: (id: string): Promise<Delivery | null> => deliveries.findById(id).lean<Delivery>().exec(),

    /** Newest first. */
    listDeliveries: (webhookId: string, { after, limit }: Page): Promise<Delivery[]> =>
      deliveries
        .find({ $and: [{ webhookId }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Delivery[]>()
        .exec(),

    async noteAttempt(id: string, state: Delivery['state'], attempt: Delivery['attempts'][number]): Promise<void> {
      await deliveries.updateOne(
        { _id: id } as QueryFilter<Delivery>,
        {
          $set: { state, updatedAt: new Date() },
          $push: { attempts: { $each: [attempt], $slice: -attemptsKept } },
        } as UpdateQuery<Delivery>,
      );
    },

    /** Deletes the log of a webhook. */
    async forget(webhookId: string): Promise<void> {
      await deliveries.deleteMany({ webhookId } as never);
    },
  };
}
