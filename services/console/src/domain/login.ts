/** Why nobody is signed in; the web app has a sentence for each. */
export type LoginFailure = 'provider-away' | 'refused' | 'expired' | 'not-believed' | 'no-role';

/** A sign-in that comes to nothing, and what to tell whoever tried. */
export class LoginFailed extends Error {
  override readonly name = 'LoginFailed';
  readonly why: LoginFailure;

  constructor(message: string, { why, ...options }: ErrorOptions & { readonly why: LoginFailure }) {
    super(message, options);
    this.why = why;
  }
}

/** Where somebody goes after signing in: a page of the console, never another site. Default: the first page. */
export function pageToReturnTo(wish: unknown): string {
  if (typeof wish !== 'string' || wish.length > 2_000 || !/^\/(?![/\\])[^\s\\]*$/.test(wish)) return '/';
  return /^\/(api|sign-in)(\/|\?|$)/.test(wish) ? '/' : wish;
}
