import * as oidc from 'openid-client';
import { LoginFailed, type LoginFailure } from '../domain/login.ts';

/** What only the browser that began a sign-in may bring back. */
export type LoginSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** What the provider says of a person. */
export type Grant = {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Undefined when a renewal brought none: the one before stays the last. */
  readonly idToken: string | undefined;
  readonly refreshToken: string | undefined;
  /** Until then it stands by this. */
  readonly goodUntil: Date;
};

type Settings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  /** Where the provider sends people back to. */
  readonly callbackUrl: string;
  /** Where it sends those who have signed out. */
  readonly homeUrl: string;
  /** Whether these claims are enough; if not, the provider's userinfo is asked as well. */
  isEnough(claims: Readonly<Record<string, unknown>>): boolean;
};

export type IdentityProvider = ReturnType<typeof identityProvider>;

/** How long the provider may think. */
const patienceSeconds = 5;

/**
 * An OpenID Connect provider: authorization code with PKCE, state and nonce; the ID token's signature is checked although it comes
 * over the provider's own connection. Its addresses are looked up when first needed, and again after a failure.
 * @throws LoginFailed from every function.
 */
export function identityProvider(settings: Settings) {
  let discovering: Promise<oidc.Configuration> | undefined;
  const provider = (): Promise<oidc.Configuration> => {
    discovering ??= discover(settings).catch((error: unknown) => {
      discovering = undefined;
      throw error;
    });
    return discovering;
  };
  const told = <Result>(work: (known: oidc.Configuration) => Promise<Result>): Promise<Result> =>
    provider().then(work).catch(tell);
  return {
    /** Where to send the browser, and what to keep for its return. */
    begin: (): Promise<{ url: string; secrets: LoginSecrets }> =>
      told(async (known) => {
        const secrets = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          verifier: oidc.randomPKCECodeVerifier(),
        };
        const url = oidc.buildAuthorizationUrl(known, {
          redirect_uri: settings.callbackUrl,
          scope: settings.scopes,
          state: secrets.state,
          nonce: secrets.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: 'S256',
        });
        return { url: url.href, secrets };
      }),
    /** @param query with which the browser came back. */
    finish: (query: string, { state, nonce, verifier }: LoginSecrets): Promise<Grant> =>
      told(async (known) => {
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
        const returned = new URL(`${settings.callbackUrl}${query}`);
        const tokens = await oidc.authorizationCodeGrant(known, returned, { ...checks, idTokenExpected: true });
        return grantOf(known, tokens, undefined, settings);
      }),
    renew: (refreshToken: string, sub: string): Promise<Grant> =>
      told(async (known) => grantOf(known, await oidc.refreshTokenGrant(known, refreshToken), sub, settings)),
    /** Where the provider signs a person out as well; undefined when it offers that nowhere. */
    goodbyeUrl: (idToken: string): Promise<string | undefined> =>
      told(async (known) => {
        if (!known.serverMetadata().end_session_endpoint) return undefined;
        const wish = { id_token_hint: idToken, post_logout_redirect_uri: settings.homeUrl };
        return oidc.buildEndSessionUrl(known, wish).href;
      }),
  };
}

/** Plain http is for a provider on this very machine; the configuration allows no other. */
const discover = ({ issuer, clientId, clientSecret }: Settings): Promise<oidc.Configuration> =>
  oidc.discovery(
    new URL(issuer),
    clientId,
    undefined,
    clientSecret ? oidc.ClientSecretBasic(clientSecret) : oidc.None(),
    {
      timeout: patienceSeconds,
      execute: [oidc.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [])],
    },
  );

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

async function grantOf(
  known: oidc.Configuration,
  tokens: Tokens,
  sub: string | undefined,
  { isEnough }: Settings,
): Promise<Grant> {
  const inToken = tokens.claims();
  const who = inToken?.sub ?? sub;
  if (who === undefined) throw new LoginFailed('the identity provider sent no ID token', { why: 'not-believed' });
  if (sub !== undefined && who !== sub)
    throw new LoginFailed('the renewed ID token is for somebody else', { why: 'not-believed' });
  const isTold = isEnough(inToken ?? {}) || !known.serverMetadata().userinfo_endpoint;
  const more = isTold ? {} : await oidc.fetchUserInfo(known, tokens.access_token, who);
  return {
    sub: who,
    claims: { ...more, ...inToken },
    idToken: tokens.id_token,
    refreshToken: tokens.refresh_token,
    goodUntil: new Date(inToken ? inToken.exp * 1_000 : Date.now() + (tokens.expires_in ?? 300) * 1_000),
  };
}

function tell(error: unknown): never {
  if (error instanceof LoginFailed) throw error;
  const why = reasonOf(error);
  const message = error instanceof Error ? error.message : String(error);
  throw new LoginFailed(`signing in with the identity provider: ${message}`, { why, cause: error });
}

function reasonOf(error: unknown): LoginFailure {
  if (error instanceof oidc.AuthorizationResponseError) return isBusy(error.error) ? 'provider-away' : 'refused';
  if (error instanceof oidc.ResponseBodyError) return isBusy(error.error) ? 'provider-away' : 'refused';
  if (error instanceof oidc.ClientError) return isAwayCode(error) ? 'provider-away' : 'not-believed';
  return 'provider-away';
}

const isBusy = (code: string): boolean => code === 'server_error' || code === 'temporarily_unavailable';

/** No connection, which has no code; not in time; or an answer above 499 that no provider meant. */
const isAwayCode = ({ code, cause }: oidc.ClientError): boolean =>
  code === undefined || code === 'OAUTH_TIMEOUT' || ((cause as { status?: number } | undefined)?.status ?? 0) >= 500;
