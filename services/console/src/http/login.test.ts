import { openBrowser } from '@millrace/browser';
import { afterFile } from '@millrace/testkit';
import { builtWebApp } from '../clients/web-build.ts';
import { readConfig } from '../config.ts';
import { consoleForTests } from '../console-for-tests.ts';
import { type LoginScene, loginScene } from './login-scene-under-test.ts';

describe('signing in by an identity provider', () => {
  let scene: LoginScene;
  beforeAll(async () => {
    scene = await loginScene();
  });

  it('leads there and back to the page that was asked for, with the role that the claims give', async () => {
    const ada = scene.newcomer();

    const end = await ada.signIn('ada', '/jobs?state=failed');
    const me = await ada.ask('GET', '/api/me');

    expect(end).toBe('/jobs?state=failed');
    expect(me).toMatchObject({ status: 200, body: { sub: 'ada', role: 'operator' } });
    expect(await ada.ask('GET', '/api/session')).toMatchObject({ body: { by: 'provider', name: 'single sign-on' } });
  });

  it('demands a proof of the code, a state and a nonce', async () => {
    const { walker } = scene.newcomer();

    const { headers } = await walker.send(`${scene.console.url}/api/session/begin`);
    const query = new URL(headers.get('location') ?? '').searchParams;

    expect(Object.fromEntries(query)).toEqual({
      client_id: 'millrace-console',
      redirect_uri: `${scene.console.url}/api/session/callback`,
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^millrace-login=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/),
    ]);
  });

  it('gives the browser a secret of 256 bits, another at each sign-in, and keeps neither it nor any token readable', async () => {
    const ada = scene.newcomer();
    await ada.signIn('ada');
    const first = ada.secret();
    const [kept] = await scene.console.database.collection('sessions').find().sort({ _id: -1 }).toArray();

    const callback = await ada.walkToCallback('ada');
    const answer = await ada.walker.send(callback);

    expect(first).toMatch(/^[\w-]{43}$/);
    expect(ada.secret()).toMatch(/^[\w-]{43}$/);
    expect(ada.secret()).not.toBe(first);
    expect(answer.headers.getSetCookie().at(-1)).toMatch(
      /^millrace=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=4\d{4}$/,
    );
    expect(kept).toMatchObject({ sub: 'ada', role: 'operator', isRenewable: true });
    expect(JSON.stringify(kept)).not.toMatch(new RegExp(`eyJ|${first}`));
  });

  it('shows who holds no role the door with the reason, and opens no session', async () => {
    const bob = scene.newcomer();

    expect(await bob.signIn('bob')).toBe('/sign-in?why=no-role');
    expect(bob.secret()).toBeUndefined();
    expect((await bob.ask('GET', '/api/me')).status).toBe(401);
  });

  it('shows who refuses at the provider the door with the reason', async () => {
    expect(await scene.newcomer().signIn('nobody')).toBe('/sign-in?why=refused');
  });

  it('believes no ID token that is expired, signed by a stranger, for another sign-in or for another client', async () => {
    const ends: Record<string, string> = {};

    for (const how of ['expired', 'foreign-key', 'other-nonce', 'other-audience'] as const) {
      scene.provider.spoil(how);
      const ada = scene.newcomer();
      ends[how] = await ada.signIn('ada');
      expect(ada.secret()).toBeUndefined();
    }
    scene.provider.spoil(undefined);

    const notBelieved = '/sign-in?why=not-believed';
    expect(ends).toEqual({
      expired: notBelieved,
      'foreign-key': notBelieved,
      'other-nonce': notBelieved,
      'other-audience': notBelieved,
    });
  });

  it('takes a callback only from the browser that began, only with its own state, and only once', async () => {
    const [ada, thief] = [scene.newcomer(), scene.newcomer()];
    const callback = await ada.walkToCallback('ada');
    await thief.walkToCallback('ada');
    const stolen = (who: typeof ada) => who.walker.walk(callback).then(({ url }) => new URL(url).search);

    expect(await stolen(scene.newcomer())).toBe('?why=expired');
    expect(await stolen(thief)).toBe('?why=not-believed');
    expect(await stolen(ada)).toBe('');
    expect(await stolen(ada)).toBe('?why=expired');
    expect((await ada.ask('GET', '/api/me')).status).toBe(200);
  });

  it('returns to pages of its own only', async () => {
    const ends = [];

    for (const wish of ['//evil.example', '/\\evil.example', 'https://evil.example', '/api/campaign/jobs', '/jobs x']) {
      ends.push(await scene.newcomer().signIn('ada', wish));
    }

    expect(ends).toEqual(['/', '/', '/', '/', '/']);
  });

  it('signs out: the session is over at once for every copy of it, and the provider is left as well', async () => {
    const ada = scene.newcomer();
    await ada.signIn('ada');
    const copy = { cookie: `millrace=${ada.secret()}` };

    const { status, body } = await ada.ask('DELETE', '/api/session');
    const goodbye = await ada.walker.walk(String(body['leaveBy']));

    expect(status).toBe(200);
    expect(ada.secret()).toBeUndefined();
    expect((await fetch(`${scene.console.url}/api/me`, { headers: copy })).status).toBe(401);
    expect(goodbye.url).toMatch(`${scene.provider.url}/session/end`);
    expect(await goodbye.answer.text()).toContain('Leaving?');
  });

  it('takes no change with the session cookie that does not come from its own page', async () => {
    const ada = scene.newcomer();
    await ada.signIn('ada');

    const view = await ada.walker.send(`${scene.console.url}/api/views/jobs/mine`, { method: 'DELETE' });
    const headers = { origin: 'https://evil.example' };
    const leaving = await ada.walker.send(`${scene.console.url}/api/session`, { method: 'DELETE', headers });

    expect([await view.json(), await leaving.json()]).toMatchObject(Array(2).fill({ code: 'request-forged' }));
    expect((await ada.ask('GET', '/api/me')).status).toBe(200);
  });

  it('lets a program sign out that knows nothing but its cookie', async () => {
    const ada = scene.newcomer();
    await ada.signIn('ada');

    await ada.walker.send(`${scene.console.url}/api/session`, { method: 'DELETE' });

    expect((await ada.ask('GET', '/api/me')).status).toBe(401);
  });

  it('opens the door to no token', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ token: 'of the local key' });
    const answer = await fetch(`${scene.console.url}/api/session`, { method: 'POST', headers, body });

    expect(await answer.json()).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('shows the door with the reason while the provider is away, and lets people in when it is back', async () => {
    const lonely = await loginScene();
    await lonely.provider.leave();
    const ada = lonely.newcomer();

    expect(await ada.signIn('ada')).toBe('/sign-in?why=provider-away');
    await lonely.provider.comeBack();
    expect(await ada.signIn('ada')).toBe('/');
    const callback = await ada.walkToCallback('ada');
    await lonely.provider.leave();
    expect(new URL((await ada.walker.walk(callback)).url).search).toBe('?why=provider-away');
  });
});

it('lets a real browser in by a provider at another site, back to its page, and out again at both', async () => {
  // To a browser localhost is another site than 127.0.0.1, so that its rules for cookies of strangers hold.
  const { console, provider } = await loginScene({ host: 'localhost', env: { WEB_ROOT: await builtWebApp() } });
  const browser = await openBrowser();
  afterFile(() => browser.close());
  const page = await browser.newPage({ baseURL: console.url });

  await page.goto('/audit?kind=queues');
  await page.getByRole('link', { name: 'Sign in with single sign-on' }).click();
  await page.waitForURL(`${provider.url}/people/**`);
  await page.getByRole('button', { name: 'I am bob' }).click();
  await page.getByRole('alert').getByText('your account has no role here').waitFor();
  await page.context().clearCookies();
  await page.goto('/audit?kind=queues');
  await page.getByRole('link', { name: 'Sign in with single sign-on' }).click();
  await page.getByRole('button', { name: 'I am ada' }).click();
  await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
  expect(page.url()).toBe(`${console.url}/audit?kind=queues`);
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();

  await page.getByRole('link', { name: 'Sign in with single sign-on' }).waitFor();
  expect(new URL(page.url()).origin).toBe(console.url);
});

it('asks the userinfo of a provider that keeps claims out of its ID tokens, as a client with a secret', async () => {
  const { newcomer } = await loginScene({ tellsByUserinfo: true, secret: 'between the two' });
  const ada = newcomer();

  await ada.signIn('ada');

  expect((await ada.ask('GET', '/api/me')).body).toMatchObject({ sub: 'ada', role: 'operator' });
});

it('takes tokens at the door where no issuer is set', async () => {
  const { url } = await consoleForTests();

  expect(await (await fetch(`${url}/api/session`)).json()).toEqual({ by: 'token', name: null });
  expect((await fetch(`${url}/api/session/begin`, { redirect: 'manual' })).status).toBe(404);
});

it('does not start with a provider that cannot work', () => {
  const started = (env: Record<string, string>) => () => readConfig({ OIDC_ISSUER: 'https://sso.example', ...env });
  const home = { PUBLIC_URL: 'https://console.example' };

  expect(started({})).toThrow('PUBLIC_URL: is missing; the provider sends people back there');
  expect(started({ ...home, OIDC_ISSUER: 'http://sso.example' })).toThrow('OIDC_ISSUER: must begin with https://');
  expect(started({ ...home, OIDC_ROLES: 'admin=owners' })).toThrow('OIDC_ROLES: must be JSON');
  expect(started({ ...home, OIDC_ROLES: '{"king":["owners"]}' })).toThrow('OIDC_ROLES');
  expect(started({ ...home, AUTH_JWKS_URL: 'https://sso.example/keys' })).toThrow('SERVICE_KEY: is missing');
  expect(started(home)()).toMatchObject({ OIDC_ROLES: {}, OIDC_ROLE_CLAIM: 'role', SESSION_HOURS: 12 });
});
