import type { EventStream, StreamEvent } from '@millrace/service';
import type { Campaign } from '../domain/campaign.ts';
import type { Campaigns } from '../store/campaigns.ts';
import { toCampaignResource } from './campaign-resource.ts';

type Listener = { readonly ownerId: string | undefined; push(event: StreamEvent): void };
type Log = { warn(fields: object, message: string): void };

const pollMs = 500;
/** Replicas' clocks differ a little, and a write may become visible after a later one. */
const overlapMs = 5_000;
const snapshotSize = 100;
const changesPerLook = 1_000;

export type CampaignFeed = ReturnType<typeof createCampaignFeed>;

/**
 * Tells of campaigns that change, whichever replica changed them: one look at the database for all listeners of this process,
 * and none while nobody listens.
 */
export function createCampaignFeed(campaigns: Pick<Campaigns, 'list' | 'changedSince'>, log: Log) {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | undefined;
  let told = new Map<string, Date>();

  async function look(): Promise<void> {
    const since = new Date(Date.now() - overlapMs);
    told = new Map([...told].filter(([, at]) => at.getTime() >= since.getTime() - overlapMs));
    try {
      for (const campaign of await campaigns.changedSince(since, { limit: changesPerLook })) tell(campaign);
    } catch (error) {
      log.warn({ err: error }, 'campaign feed could not look for changes');
    }
    if (listeners.size > 0) timer = setTimeout(() => void look(), pollMs);
    else timer = undefined;
  }

  function tell(campaign: Campaign): void {
    const event = eventOf(campaign);
    if (told.has(event.id)) return;
    told.set(event.id, campaign.updatedAt);
    for (const { ownerId, push } of listeners) if (ownerId === undefined || ownerId === campaign.ownerId) push(event);
  }

  return {
    /** @param ownerId whose campaigns; everybody's when undefined. */
    streamFor: (ownerId: string | undefined): EventStream => ({
      async snapshot(lastEventId) {
        const since = timeOf(lastEventId);
        const rows = since
          ? await campaigns.changedSince(since, { ownerId, limit: changesPerLook })
          : (await campaigns.list({ ownerId, after: {}, limit: snapshotSize })).reverse();
        return rows.map(eventOf).filter(({ id }) => id !== lastEventId);
      },
      follow(push) {
        const listener = { ownerId, push };
        listeners.add(listener);
        timer ??= setTimeout(() => void look(), pollMs);
        return () => void listeners.delete(listener);
      },
    }),
    /** Ends the looking. Safe twice. */
    stop(): void {
      listeners.clear();
      clearTimeout(timer);
    },
  };
}

/** The time comes first, so that a reconnect knows where to go on. */
const eventOf = (campaign: Campaign): StreamEvent => ({
  id: `${campaign.updatedAt.getTime()}.${campaign._id}.${campaign.revision}`,
  ...(campaign.deletion
    ? { event: 'campaign-deleted', data: { id: campaign._id, deletedAt: campaign.deletion.at.toISOString() } }
    : { event: 'campaign', data: toCampaignResource(campaign) }),
});

function timeOf(eventId: string | undefined): Date | undefined {
  const ms = Number(/^(\d{1,15})\./.exec(eventId ?? '')?.[1]);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
