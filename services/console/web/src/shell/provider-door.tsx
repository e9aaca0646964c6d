import { address } from '../api/request.ts';

/** What went wrong last time, as the console names it, and what to do. */
const sentences: Readonly<Record<string, string>> = {
  'provider-away': 'The identity provider cannot be reached right now. Try again in a moment.',
  refused: 'The identity provider did not let you in.',
  expired: 'Signing in took too long, or began in another window. Start again.',
  'not-believed':
    'The answer of the identity provider could not be verified. Start again; if it stays so, tell an admin.',
  'no-role': 'You are known, but your account has no role here. Ask an admin for one.',
};

/** Leads to the identity provider and back to the page that one is at. */
export function ProviderDoor({ name }: { readonly name: string }) {
  const { pathname, search } = window.location;
  const isDoor = pathname === '/sign-in';
  const why = isDoor ? new URLSearchParams(search).get('why') : null;
  const returnTo = isDoor ? '/' : `${pathname}${search}`;
  return (
    <div className="door-form">
      {why !== null && (
        <p className="door-reason" role="alert">
          {sentences[why] ?? 'Signing in did not work. Start again.'}
        </p>
      )}
      <a className="button button-primary door-way" href={address('/api/session/begin', { returnTo })}>
        Sign in with {name}
      </a>
    </div>
  );
}
