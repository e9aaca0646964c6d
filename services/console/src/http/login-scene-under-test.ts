import {
  type IdentityProviderServer,
  type Person,
  startIdentityProvider,
} from '@millrace/simulators/identity-provider';
import { freePort } from '@millrace/stack';
import { afterFile } from '@millrace/testkit';
import { consoleForTests, type TestConsole } from '../console-for-tests.ts';
import { redirectWalker } from './redirect-walker-for-tests.ts';

type Wish = {
  readonly people?: readonly Person[];
  readonly idTokenSeconds?: number;
  readonly refreshes?: boolean;
  readonly tellsByUserinfo?: boolean;
  readonly secret?: string;
  readonly host?: 'localhost';
  readonly env?: Record<string, string>;
};

const ada: Person = { sub: 'ada', claims: { groups: ['staff', 'on-call'] } };
const bob: Person = { sub: 'bob', claims: { groups: ['visitors'] } };

const headers = { 'x-millrace-console': '1', accept: 'application/json' };

export type LoginScene = {
  readonly console: TestConsole;
  readonly provider: IdentityProviderServer;
  newcomer(): Newcomer;
};

export type Newcomer = {
  /** Goes to the provider and back as somebody; gives the address at which the browser ends, without its host. */
  signIn(as: string, returnTo?: string): Promise<string>;
  /** The address of the callback, not yet visited. */
  walkToCallback(as: string): Promise<string>;
  ask(method: string, path: string): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  readonly walker: ReturnType<typeof redirectWalker>;
  /** What the browser holds for the session. */
  secret(): string | undefined;
};

/** A console, a provider that knows it, and browsers. */
export async function loginScene(wish: Wish = {}): Promise<LoginScene> {
  const port = await freePort();
  const home = `http://127.0.0.1:${port}`;
  const client = { id: 'millrace-console', callbackUrl: `${home}/api/session/callback`, homeUrl: `${home}/` };
  const { people = [ada, bob], secret, env = {}, ...kind } = wish;
  const provider = await startIdentityProvider({ ...kind, people, client: { ...client, ...(secret && { secret }) } });
  const console = await consoleForTests({
    PORT: `${port}`,
    PUBLIC_URL: home,
    OIDC_ISSUER: provider.url,
    OIDC_ROLE_CLAIM: 'groups',
    OIDC_ROLES: JSON.stringify({ admin: ['owners'], operator: ['on-call'], viewer: ['staff'] }),
    ...(secret && { OIDC_CLIENT_SECRET: secret }),
    ...env,
  });
  afterFile(() => provider.stop());
  return { console, provider, newcomer: () => newcomer(console.url) };
}

function newcomer(url: string): Newcomer {
  const walker = redirectWalker();
  const throughTheDoor = async (as: string, returnTo: string, until?: string) => {
    const query = returnTo === '' ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
    const door = await walker.walk(`${url}/api/session/begin${query}`, {}, until);
    const isDoor = new URL(door.url).pathname.startsWith('/people/');
    return isDoor ? walker.walk(`${door.url}/${as}`, { method: 'POST' }, until) : door;
  };
  return {
    walker,
    secret: () => walker.cookiesAt(url).get('millrace'),
    signIn: async (as, returnTo = '') => {
      const { pathname, search } = new URL((await throughTheDoor(as, returnTo)).url);
      return `${pathname}${search}`;
    },
    walkToCallback: async (as) => (await throughTheDoor(as, '', `${url}/api/session/callback`)).url,
    ask: async (method, path) => {
      const answer = await walker.send(`${url}${path}`, { method, headers });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
    },
  };
}
