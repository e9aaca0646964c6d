import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type ClientMetadata, type Configuration, type JWK, Provider } from 'oidc-provider';
import { memory } from './identity-memory.ts';

/** Somebody whom the provider knows; `claims` go into what it tells of them. */
export type Person = { readonly sub: string; readonly claims: Readonly<Record<string, unknown>> };

/** How an ID token can be wrong although the provider has sent it. */
type Spoilt = 'expired' | 'foreign-key' | 'other-nonce' | 'other-audience';

type Options = {
  readonly people: readonly Person[];
  readonly client: {
    readonly id: string;
    readonly secret?: string;
    readonly callbackUrl: string;
    readonly homeUrl: string;
  };
  /** By which name of this machine it is reached: to a browser `localhost` is another site. Default 127.0.0.1. */
  readonly host?: 'localhost' | '127.0.0.1';
  /** How long an ID token is good, in seconds. Default an hour. */
  readonly idTokenSeconds?: number;
  /** Whether it gives refresh tokens; each is good once. Default true. */
  readonly refreshes?: boolean;
  /** Whether it tells claims by userinfo only. Default false: in the ID token too. */
  readonly tellsByUserinfo?: boolean;
};

export type IdentityProviderServer = {
  /** Of the issuer. */
  readonly url: string;
  /** Makes the ID tokens wrong from now on; undefined makes them right again. */
  spoil(how: Spoilt | undefined): void;
  /** Changes what it tells of a person from now on. */
  tell(sub: string, claims: Person['claims']): void;
  /** Nobody answers at its address any more. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * A real OpenID Connect provider (npm's oidc-provider) at which people sign in by a button with their name, or refuse to.
 * It demands PKCE, keeps everything in memory, and its page is plain HTML that a script or a browser can walk through.
 */
export async function startIdentityProvider(options: Options): Promise<IdentityProviderServer> {
  const people = new Map(options.people.map(({ sub, claims }) => [sub, claims]));
  let listener = (_request: IncomingMessage, response: ServerResponse): void => void response.destroy();
  const server = createServer((request, response) => listener(request, response));
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  const keys = await signingKeys();
  const provider = new Provider(url, configurationOf(options, people, keys.jwk));
  let spoilt: Spoilt | undefined;
  provider.use(async (context, next) => {
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (spoilt && context.path === '/token' && body?.id_token) {
      context.body = { ...body, id_token: await keys.resign(body.id_token, spoilt) };
    }
  });
  const rest = provider.callback();
  listener = (request, response) => {
    const isDoor = request.url?.startsWith('/people/');
    if (isDoor) door(provider, people, { request, response }).catch((error: unknown) => fail(response, error));
    else void rest(request, response);
  };
  const leave = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url,
    spoil(how) {
      spoilt = how;
    },
    tell: (sub, claims) => void people.set(sub, claims),
    leave,
    comeBack: () => listen(port),
    stop: leave,
  };
}

function configurationOf(
  { client, idTokenSeconds = 3_600, refreshes = true, tellsByUserinfo = false }: Options,
  people: ReadonlyMap<string, Person['claims']>,
  key: JWK,
): Configuration {
  const told = [...new Set([...people.values()].flatMap((claims) => Object.keys(claims)))];
  return {
    clients: [registered(client, refreshes)],
    jwks: { keys: [key] },
    cookies: { keys: ['a simulator keeps no secrets'] },
    claims: { openid: ['sub'], profile: ['name', ...told] },
    conformIdTokenClaims: tellsByUserinfo,
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people.get(sub) }) }),
    interactions: { url: (_context, { uid }) => `/people/${uid}` },
    issueRefreshToken: async () => refreshes,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    adapter: memory(),
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource: leavingPage } },
    ttl: {
      IdToken: idTokenSeconds,
      AccessToken: 3_600,
      Session: 3_600,
      Grant: 3_600,
      Interaction: 600,
      RefreshToken: 3_600,
    },
  };
}

type KoaBody = { body: unknown };

const leavingPage = (context: KoaBody, form: string): void => {
  const button = '<button type="submit" form="op.logoutForm" value="yes" name="logout">Leave</button>';
  context.body = `<!doctype html><title>Leaving?</title><h1>Leaving?</h1>${form}${button}`;
};

const registered = ({ id, secret, callbackUrl, homeUrl }: Options['client'], refreshes: boolean): ClientMetadata => ({
  client_id: id,
  ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
  grant_types: ['authorization_code', ...(refreshes ? ['refresh_token'] : [])],
  redirect_uris: [callbackUrl],
  post_logout_redirect_uris: [homeUrl],
});

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** `GET /people/<id>` shows who may sign in; `POST /people/<id>/<sub>` is one of them, `…/nobody` refuses. */
async function door(provider: Provider, people: ReadonlyMap<string, unknown>, { request, response }: Exchange) {
  const [, , uid = '', name = ''] = (request.url ?? '').split('/');
  const { params, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST')
    return void response.setHeader('content-type', 'text/html').end(page(uid, [...people.keys()]));
  const sub = decodeURIComponent(name);
  if (!people.has(sub)) {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'not today' });
  }
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId: sub, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const result = { login: { accountId: sub }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const page = (uid: string, names: readonly string[]): string => {
  const button = (name: string, text: string) =>
    `<form method="post" action="/people/${uid}/${encodeURIComponent(name)}"><button>${text}</button></form>`;
  return `<!doctype html><title>Who are you?</title><h1>Who are you?</h1>${names
    .map((name) => button(name, `I am ${name}`))
    .join('')}${button('nobody', 'I do not tell')}`;
};

function fail(response: ServerResponse, error: unknown): void {
  response.writeHead(500).end(String(error));
}

/** The provider's key, and how to sign something else than the provider would. */
async function signingKeys() {
  const [own, foreign] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  const jwk = { ...(await exportJWK(own.privateKey)), kid: 'one', alg: 'RS256', use: 'sig' } as JWK;
  const changed = (how: Spoilt): JWTPayload => {
    if (how === 'expired') return { exp: Math.floor(Date.now() / 1_000) - 60 };
    if (how === 'other-nonce') return { nonce: 'of another sign-in' };
    return how === 'other-audience' ? { aud: 'another client' } : {};
  };
  return {
    jwk,
    resign: (token: string, how: Spoilt) =>
      new SignJWT({ ...decodeJwt(token), ...changed(how) })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign(how === 'foreign-key' ? foreign.privateKey : own.privateKey),
  };
}
