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

type Follower = {
  readonly recipient: string;
  tell(update: FeedUpdate): Promise<void>;
  /** What it has been told of. */
  sequence: number | undefined;
  /** What it is to be told of. */
  newest: Feed | undefined;
  isBeingTold: boolean;
};

/**
 * Tells changes of feeds, whichever replica made them: those of this one at once, those of others by one small query
 * for all who follow here, ten times a second, none while nobody does. What could not be told, because the database
 * was away, is told by a later look.
 */
export class FeedFollower {
  readonly #feeds: Feeds;
  readonly #everyMs: number;
  readonly #followers = new Set<Follower>();
  readonly #changed = new Set<string>();
  #isReading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(feeds: Feeds, { everyMs = 100 } = {}) {
    this.#feeds = feeds;
    this.#everyMs = everyMs;
    feeds.onAppended((recipient) => this.#read(recipient));
  }

  follow(recipient: string, tell: (update: FeedUpdate) => Promise<void>): Following {
    const follower: Follower = { recipient, tell, sequence: undefined, newest: undefined, isBeingTold: false };
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

  /** Finds what other replicas have appended. */
  async #look(): Promise<void> {
    const followers = this.#listening();
    const recipients = new Set(followers.map(({ recipient }) => recipient));
    const sequences = await this.#feeds.sequences([...recipients]).catch(() => new Map<string, number>());
    for (const { recipient, sequence } of followers) {
      if ((sequences.get(recipient) ?? sequence) !== sequence) this.#read(recipient);
    }
    this.#timer = undefined;
    if (this.#followers.size > 0) this.#lookLater();
  }

  #read(recipient: string): void {
    this.#changed.add(recipient);
    if (!this.#isReading) void this.#readChanged();
  }

  /** One query after the other: an older answer that comes later would look as if the feed had begun anew. */
  async #readChanged(): Promise<void> {
    this.#isReading = true;
    while (this.#changed.size > 0) {
      const followers = this.#listening().filter(({ recipient }) => this.#changed.has(recipient));
      this.#changed.clear();
      await this.#offer(followers);
    }
    this.#isReading = false;
  }

  async #offer(followers: readonly Follower[]): Promise<void> {
    if (followers.length === 0) return;
    const recipients = new Set(followers.map(({ recipient }) => recipient));
    const feeds = await this.#feeds.read([...recipients]).catch(() => []);
    const found = new Map(feeds.map((feed) => [feed.recipient, feed]));
    for (const follower of followers) {
      follower.newest = found.get(follower.recipient);
      if (!follower.isBeingTold) void bringUpToDate(follower);
    }
  }

  #listening(): Follower[] {
    return [...this.#followers].filter(({ sequence }) => sequence !== undefined);
  }
}

/** Each by itself, so that a slow one holds up nobody else. */
async function bringUpToDate(follower: Follower): Promise<void> {
  follower.isBeingTold = true;
  try {
    for (let { newest } = follower; newest && newest.sequence !== follower.sequence; { newest } = follower) {
      const update = updateSince(newest, follower.sequence);
      await follower.tell(update);
      follower.sequence = update.sequence;
    }
  } catch {
    // The next look finds that it still lacks something.
  } finally {
    follower.isBeingTold = false;
  }
}
