import { type Change, changesAfter, type Feed, type Feeds } from './feeds.ts';

/** What a follower is told: numbered changes, or that it must look at everything again. */
export type FeedUpdate = {
  readonly sequence: number;
  readonly changes: readonly { readonly sequence: number; readonly change: Change }[] | undefined;
};

/** What a reader knew at number `sequence`, brought up to date. */
export const updateSince = (feed: Feed, sequence: number | undefined): FeedUpdate => ({
  sequence: feed.sequence,
  changes: sequence === undefined ? undefined : changesAfter(feed, sequence),
});

export type Following = {
  /** Nothing is told before this: the number up to which the follower knows everything by itself. */
  startAt(sequence: number): void;
  stop(): void;
};

type Follower = { readonly recipient: string; sequence: number | undefined; tell(update: FeedUpdate): Promise<void> };

/**
 * Tells changes of feeds, whichever replica made them: one query for all who follow here, four times a second,
 * none while nobody does. What could not be told, because the database was away, is told by a later look.
 */
export class FeedFollower {
  readonly #feeds: Feeds;
  readonly #everyMs: number;
  readonly #followers = new Set<Follower>();
  #timer: NodeJS.Timeout | undefined;

  constructor(feeds: Feeds, { everyMs = 250 } = {}) {
    this.#feeds = feeds;
    this.#everyMs = everyMs;
  }

  follow(recipient: string, tell: (update: FeedUpdate) => Promise<void>): Following {
    const follower: Follower = { recipient, tell, sequence: undefined };
    this.#followers.add(follower);
    this.#lookLater();
    return {
      startAt: (sequence) => {
        follower.sequence = sequence;
      },
      stop: () => void this.#followers.delete(follower),
    };
  }

  #lookLater(): void {
    this.#timer ??= setTimeout(() => void this.#look(), this.#everyMs).unref();
  }

  async #look(): Promise<void> {
    await this.#tellAll([...this.#followers].filter(({ sequence }) => sequence !== undefined));
    this.#timer = undefined;
    if (this.#followers.size > 0) this.#lookLater();
  }

  async #tellAll(followers: readonly Follower[]): Promise<void> {
    if (followers.length === 0) return;
    const recipients = new Set(followers.map(({ recipient }) => recipient));
    const feeds = await this.#feeds.read([...recipients]).catch(() => []);
    const found = new Map(feeds.map((feed) => [feed.recipient, feed]));
    await Promise.all(followers.map((follower) => catchUp(follower, found.get(follower.recipient))));
  }
}

async function catchUp(follower: Follower, feed: Feed | undefined): Promise<void> {
  if (!feed || feed.sequence === follower.sequence) return;
  const update = updateSince(feed, follower.sequence);
  await follower.tell(update).then(
    () => {
      follower.sequence = update.sequence;
    },
    () => {},
  );
}
