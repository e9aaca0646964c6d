import { rotated } from '@millrace/outside/signing';
import { modelOf } from '@millrace/service/model';
import type { ClientSession, Connection, QueryFilter, UpdateQuery } from 'mongoose';
import type { Delivery, Webhook, WebhookEvent } from '../domain/webhook.ts';

export type Webhooks = ReturnType<typeof webhooksIn>;

/** A mesh or batch: its id, whose it is, and of which project. */
type Task = { readonly taskId: string; readonly ownerId: string; readonly projectId: string | null };

type Listed = { readonly ownerId: string | undefined; readonly taskId: string | null };

type Page = { readonly after: Record<string, unknown>; readonly limit: number };

const attemptsKept = 20;
const logKeptSeconds = 30 * 86_400;

/** Collections `webhooks` and `webhook_deliveries`, the log, which is kept for 30 days. */
export function webhooksIn(database: Connection) {
  const log = deliveriesIn(database);
  return { ...hooksIn(database, log), ...log };
}

type Command<Row> = (row: Row, session: ClientSession) => Promise<unknown>;

/** The same command, whose transaction writes the webhook, too: there is no end of the task that it could miss. */
export const writingWebhook =
  <Row>(
    webhooks: Pick<Webhooks, 'add'>,
    webhookOf: (row: Row) => Webhook | undefined,
    command: Command<Row>,
  ): Command<Row> =>
  async (row, session) => {
    const webhook = webhookOf(row);
    if (webhook) await webhooks.add(webhook, session);
    return command(row, session);
  };

function hooksIn(database: Connection, { forget }: Pick<ReturnType<typeof deliveriesIn>, 'forget'>) {
  const hooks = modelOf<Webhook>(database, 'webhooks', [
    [{ ownerId: 1, createdAt: -1, _id: -1 }],
    [{ projectId: 1 }, { partialFilterExpression: { projectId: { $type: 'string' } } }],
    [{ taskId: 1 }, { partialFilterExpression: { taskId: { $type: 'string' } } }],
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
    /** The same id again changes nothing. @param session of the transaction that writes what it is for; default none. */
    async add(webhook: Webhook, session?: ClientSession): Promise<void> {
      const { _id, ...fields } = webhook;
      const options = { upsert: true, ...(session && { session }) };
      await hooks.collection.updateOne({ _id: _id as never }, { $setOnInsert: fields }, options);
    },

    find: (id: string): Promise<Webhook | null> => hooks.findById(id).lean<Webhook>().exec(),

    /** Newest first. @param ownerId undefined lists everybody's. @param taskId null lists those that did not come with a mesh or batch. */
    list: ({ ownerId, taskId }: Listed, { after, limit }: Page): Promise<Webhook[]> =>
      hooks
        // Null finds those without the field, too.
        .find({ $and: [ownerId === undefined ? {} : { ownerId }, { taskId }, after] } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .lean<Webhook[]>()
        .exec(),

    /** Those of a person that ask for everything of theirs, those of a project whoever's they are, and those that came with it; none that is disabled. */
    asking: (type: WebhookEvent, { taskId, ownerId, projectId }: Task): Promise<Webhook[]> =>
      hooks
        .find({
          events: type,
          disabledAt: null,
          $or: [
            { ownerId, projectId: null, taskId: null },
            ...(projectId === null ? [] : [{ projectId, taskId: null }]),
            { taskId },
          ],
        } as never)
        .lean<Webhook[]>()
        .exec(),

    /** A new secret in front. Of two who ask at once, both get one that signs: the later one's is in front. @returns null when there is no such webhook. */
    async rotate(id: string, secret: string): Promise<Webhook | null> {
      for (;;) {
        const webhook = await this.find(id);
        if (!webhook) return null;
        const known = { 'secrets.0.secret': webhook.secrets[0]?.secret };
        const changed = await change(id, { secrets: rotated(webhook.secrets, secret, new Date()) }, known);
        if (changed) return changed;
      }
    },
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
