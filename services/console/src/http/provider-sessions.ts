import { setTimeout as delay } from 'node:timers/promises';
import { type Kit, problem, type ServiceIdentity } from '@millrace/service';
import { v7 as uuidv7 } from 'uuid';
import type { Grant, IdentityProvider } from '../clients/identity-provider.ts';
import { LoginFailed } from '../domain/login.ts';
import { type RoleMapping, roleFrom } from '../domain/role-mapping.ts';
import { keyOf, newSecret, seal, unseal } from '../domain/session-secret.ts';
import type { Renewed, SessionRow, Sessions } from '../store/sessions.ts';

type Parts = {
  readonly sessions: Sessions;
  readonly provider: IdentityProvider;
  readonly identity: ServiceIdentity;
  readonly mapping: RoleMapping;
  readonly sessionHours: number;
  readonly log: Kit['log'];
};

/** What a browser brings with a request is worth. */
export type Presented = {
  /** Of the person, for the services. */
  readonly authorization: string;
  /** When the session was renewed: what the browser has to hold from now on. */
  readonly renewed: { readonly secret: string; readonly endsAt: Date } | undefined;
};

export type ProviderSessions = ReturnType<typeof providerSessions>;

/** Parallel requests of one page may still bring what the browser held before. */
const graceMs = 60_000;
/** A renewal whose process has died is taken over after so long. */
const renewalMs = 15_000;

/**
 * Sessions of people who sign in by the identity provider. A session is good as long as its ID token; before that ends, it is
 * renewed by the refresh token, where there is one: with the role that the provider then tells, and a new secret for the browser.
 */
export function providerSessions(parts: Parts) {
  const { sessions, provider, identity } = parts;
  return {
    /** @throws LoginFailed `no-role` for whom the provider knows and this project does not. */
    async open(grant: Grant): Promise<{ secret: string; endsAt: Date }> {
      const secret = newSecret();
      const now = Date.now();
      const endsAt = grant.refreshToken ? new Date(now + parts.sessionHours * 3_600_000) : grant.goodUntil;
      const row = { _id: uuidv7(), sub: grant.sub, endsAt, previousKey: null, renewingUntil: null };
      await sessions.begin({ ...row, ...standing(grant, secret, parts) });
      return { secret, endsAt };
    },
    /** Undefined for what is no session any more. @throws Problem `dependency-unavailable` when it cannot be renewed now. */
    async present(secret: string): Promise<Presented | undefined> {
      const row = await sessions.find(keyOf(secret), graceMs);
      if (!row) return undefined;
      const now = Date.now();
      if (!row.isRenewable && row.goodUntil.getTime() <= now) return undefined;
      const renewed = isDue(row, now) ? await renew(parts, row, secret) : { row };
      if (!renewed) return undefined;
      const { sub, role, goodUntil } = renewed.row;
      const authorization = await identity.authorizationAs({ sub, role, until: goodUntil });
      return {
        authorization,
        renewed: 'secret' in renewed ? { secret: renewed.secret, endsAt: row.endsAt } : undefined,
      };
    },
    /** Ends it here at once. Where the provider ends its own session, if it does. */
    async close(secret: string): Promise<string | undefined> {
      const row = await sessions.find(keyOf(secret), graceMs);
      if (!row) return undefined;
      await sessions.end(row._id);
      const { idToken } = tokensIn(row, secret);
      return idToken ? provider.goodbyeUrl(idToken).catch(() => undefined) : undefined;
    },
  };
}

type Kept = { readonly idToken?: string | undefined; readonly refreshToken?: string | undefined };

const tokensIn = ({ sealed }: SessionRow, secret: string): Kept => (unseal(sealed, secret) ?? {}) as Kept;

function standing(grant: Grant, secret: string, { mapping }: Parts) {
  const role = roleFrom(grant.claims, mapping);
  if (!role) throw new LoginFailed(`the claims of ${grant.sub} give them no role; see OIDC_ROLES`, { why: 'no-role' });
  const { idToken, refreshToken, goodUntil } = grant;
  const sealed = seal({ idToken, refreshToken } satisfies Kept, secret);
  return {
    key: keyOf(secret),
    role,
    sealed,
    isRenewable: refreshToken !== undefined,
    renewedAt: new Date(),
    goodUntil,
  };
}

/** In the last fifth of its time, so that nobody has to wait for it as long as the provider answers. */
const isDue = ({ isRenewable, renewedAt, goodUntil }: SessionRow, now: number): boolean =>
  isRenewable && now > goodUntil.getTime() - (goodUntil.getTime() - renewedAt.getTime()) / 5;

type Standing = { readonly row: Pick<SessionRow, 'sub' | 'role' | 'goodUntil'>; readonly secret?: string };

async function renew(parts: Parts, row: SessionRow, secret: string): Promise<Standing | undefined> {
  const isGood = row.goodUntil.getTime() > Date.now();
  const { refreshToken, idToken } = tokensIn(row, secret);
  if (refreshToken === undefined || !(await parts.sessions.beginRenewal(row, renewalMs))) {
    return isGood ? { row } : renewedByAnother(parts, secret);
  }
  try {
    const grant = await parts.provider.renew(refreshToken, row.sub);
    const next = newSecret();
    const kept = { ...grant, idToken: grant.idToken ?? idToken, refreshToken: grant.refreshToken ?? refreshToken };
    const renewed: Renewed = { ...standing(kept, next, parts), previousKey: row.key };
    await parts.sessions.endRenewal(row, renewed);
    return { row: { ...row, ...renewed }, secret: next };
  } catch (error) {
    return notRenewed(parts, row, error, isGood);
  }
}

/** Who is refused is signed out; while the provider is away, a session that is still good goes on. */
async function notRenewed(
  parts: Parts,
  row: SessionRow,
  error: unknown,
  isGood: boolean,
): Promise<Standing | undefined> {
  const why = error instanceof LoginFailed ? error.why : undefined;
  parts.log.warn({ err: error, why }, 'session not renewed');
  if (why !== undefined && why !== 'provider-away') {
    await parts.sessions.end(row._id);
    return undefined;
  }
  await parts.sessions.endRenewal(row, undefined);
  if (isGood) return { row };
  throw problem('dependency-unavailable', { dependency: 'the identity provider' }, { cause: error });
}

/** Another request of the same page is at it. */
async function renewedByAnother({ sessions }: Parts, secret: string): Promise<Standing | undefined> {
  for (let tries = 0; tries < 50; tries += 1) {
    await delay(100);
    const row = await sessions.find(keyOf(secret), graceMs);
    if (!row || row.goodUntil.getTime() > Date.now()) return row ? { row } : undefined;
    if (row.renewingUntil === null) break;
  }
  throw problem('dependency-unavailable', { dependency: 'the identity provider' });
}
