import { randomUUID } from 'node:crypto';
import { receiver, type worldForTests } from './world-for-tests.ts';

type World = Awaited<ReturnType<typeof worldForTests>>;

/** How a receiver takes what it is sent. */
export type Fate = 'takes it' | 'is busy twice' | 'never answers the first' | 'refuses it' | 'is gone';

type Receiver = {
  /** A person's address there. */
  readonly to: string;
  /** The message id of everything that has come in, in its order. */
  ids(): string[];
};

/** The receiving side of a channel, and the status by which it tells each fate. */
type ReceivingSide = {
  receive(world: World, fate: Fate): Promise<Receiver>;
  readonly statusOf: Readonly<Record<'taken' | 'busy' | 'refused' | 'gone', number>>;
};

const localPart: Readonly<Record<Fate, string>> = {
  'takes it': 'ann',
  'is busy twice': 'busy-2',
  'never answers the first': 'late-1',
  'refuses it': 'spam',
  'is gone': 'bounces',
};

const email: ReceivingSide = {
  statusOf: { taken: 250, busy: 451, refused: 554, gone: 550 },
  async receive({ mail }, fate) {
    const to = `${localPart[fate]}-${randomUUID().slice(0, 8)}@home.example`;
    return { to, ids: () => mail.to(to).map(({ messageId }) => messageId?.replace(/^<|@.*$/g, '') ?? '') };
  },
};

const answers = {
  'takes it': [200],
  'is busy twice': [503, 503, 200],
  'never answers the first': ['never', 200],
  'refuses it': [[400, 'not like this']],
  'is gone': [410],
} as const satisfies Record<Fate, Parameters<typeof receiver>[0]>;

/** Slack's and everybody's webhooks alike. */
const http: ReceivingSide = {
  statusOf: { taken: 200, busy: 503, refused: 400, gone: 410 },
  async receive(_, fate) {
    const { url, got } = await receiver(answers[fate]);
    return { to: url, ids: () => got.map(({ headers }) => String(headers['webhook-id'])) };
  },
};

export const receivingSides = { email, slack: http, webhook: http } as const;
