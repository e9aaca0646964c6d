import type { EventStream, StreamEvent } from '@millrace/service';
import type { Album } from '../domain/album.ts';
import type { Albums } from '../store/albums.ts';
import { toAlbumResource } from './album-resource.ts';

type Listener = { readonly ownerId: string | undefined; push(event: StreamEvent): void };
type Log = { warn(fields: object, message: string): void };

const pollMs = 500;
/** Replicas' clocks differ a little, and a write may become visible after a later one. */
const overlapMs = 5_000;
const snapshotSize = 100;
const changesPerLook = 1_000;

export type AlbumFeed = ReturnType<typeof createAlbumFeed>;

/**
 * Tells of albums that change, whichever replica changed them: one look at the database for all listeners of this process,
 * and none while nobody listens.
 */
export function createAlbumFeed(albums: Pick<Albums, 'list' | 'changedSince'>, log: Log) {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | undefined;
  let told = new Map<string, Date>();

  async function look(): Promise<void> {
    const since = new Date(Date.now() - overlapMs);
    told = new Map([...told].filter(([, at]) => at.getTime() >= since.getTime() - overlapMs));
    try {
      for (const album of await albums.changedSince(since, { limit: changesPerLook })) tell(album);
    } catch (error) {
      log.warn({ err: error }, 'album feed could not look for changes');
    }
    if (listeners.size > 0) timer = setTimeout(() => void look(), pollMs);
    else timer = undefined;
  }

  function tell(album: Album): void {
    const event = eventOf(album);
    if (told.has(event.id)) return;
    told.set(event.id, album.updatedAt);
    for (const { ownerId, push } of listeners) if (ownerId === undefined || ownerId === album.ownerId) push(event);
  }

  return {
    /** @param ownerId whose albums; everybody's when undefined. */
    streamFor: (ownerId: string | undefined): EventStream => ({
      async snapshot(lastEventId) {
        const since = timeOf(lastEventId);
        const rows = since
          ? await albums.changedSince(since, { filter: ownedBy(ownerId), limit: changesPerLook })
          : (await albums.list({ filter: ownedBy(ownerId), limit: snapshotSize })).reverse();
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

const ownedBy = (ownerId: string | undefined) => (ownerId === undefined ? {} : { ownerId });

/** The time comes first, so that a reconnect knows where to go on. */
const eventOf = (album: Album): StreamEvent => ({
  id: `${album.updatedAt.getTime()}.${album._id}.${album.revision}`,
  event: 'album',
  data: toAlbumResource(album),
});

function timeOf(eventId: string | undefined): Date | undefined {
  const ms = Number(/^(\d{1,15})\./.exec(eventId ?? '')?.[1]);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
