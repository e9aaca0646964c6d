import { randomUUID } from 'node:crypto';
import { pushService } from './push-service-for-tests.ts';
import { receiver, type worldForTests } from './world-for-tests.ts';

type World = Awaited<ReturnType<typeof worldForTests>>;
type Ask = Awaited<ReturnType<World['as']>>;

/** How a receiver takes what it is sent. */
export type Fate = 'takes it' | 'is busy twice' | 'never answers the first' | 'refuses it' | 'is gone';

type Receiver = {
  readonly to: string;
  /** Somebody is reached there from now on. */
  give(ask: Ask): Promise<unknown>;
  /** The message id of everything that has come in, in its order. */
  ids(): string[];
};

/** The receiving side of a channel, and the status by which it tells each fate. */
type ReceivingSide = {
  receive(world: World, fate: Fate): Promise<Receiver>;
  readonly statusOf: Readonly<Record<'taken' | 'busy' | 'refused' | 'gone', number>>;
  /** Whether an address that is gone is no address of the person any more. */
  readonly forgets: boolean;
};

const localPart: Readonly<Record<Fate, string>> = {
  'takes it': 'ann',
  'is busy twice': 'busy-2',
  'never answers the first': 'late-1',
  'refuses it': 'spam',
  'is gone': 'bounces',
};

const contact = (channel: string, to: string) => ({
  to,
  give: (ask: Ask) => ask('PUT', '/preferences', { contacts: { [channel]: to } }),
});

const email: ReceivingSide = {
  forgets: false,
  statusOf: { taken: 250, busy: 451, refused: 554, gone: 550 },
  async receive({ mail }, fate) {
    const to = `${localPart[fate]}-${randomUUID().slice(0, 8)}@home.example`;
    return {
      ...contact('email', to),
      ids: () => mail.to(to).map(({ messageId }) => messageId?.replace(/^<|@.*$/g, '') ?? ''),
    };
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
const http = (channel: string): ReceivingSide => ({
  forgets: false,
  statusOf: { taken: 200, busy: 503, refused: 400, gone: 410 },
  async receive(_, fate) {
    const { url, got } = await receiver(answers[fate]);
    return { ...contact(channel, url), ids: () => got.map(({ headers }) => String(headers['webhook-id'])) };
  },
});

/** A browser behind a push service. */
const push: ReceivingSide = {
  forgets: true,
  statusOf: { taken: 201, busy: 503, refused: 403, gone: 404 },
  async receive(_, fate) {
    const { endpoint, keys, got } = await pushService(pushAnswers[fate]);
    return {
      to: endpoint,
      give: (ask) => ask('POST', '/push/subscriptions', { endpoint, keys, expirationTime: null }),
      ids: () => got.map(({ message }) => message.id),
    };
  },
};

const pushAnswers = {
  'takes it': [201],
  'is busy twice': [503, 503, 201],
  'never answers the first': ['never', 201],
  'refuses it': [403],
  'is gone': [404],
} as const satisfies Record<Fate, Parameters<typeof pushService>[0]>;

export const receivingSides = { email, slack: http('slack'), webhook: http('webhook'), push } as const;
