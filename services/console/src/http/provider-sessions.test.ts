import { type LoginScene, loginScene, type Newcomer } from './login-scene-under-test.ts';

const people = ['ada', 'bea', 'cleo', 'dora', 'eve'].map((sub) => ({ sub, claims: { groups: ['on-call'] } }));

const me = (who: Newcomer) => who.ask('GET', '/api/me');

const signedIn = async ({ newcomer }: LoginScene, sub: string): Promise<Newcomer> => {
  const who = newcomer();
  await who.signIn(sub);
  return who;
};

describe('a session by the identity provider', () => {
  let scene: LoginScene;
  beforeAll(async () => {
    scene = await loginScene({ people });
  });
  const sessions = () => scene.console.database.collection('sessions');
  /** As if its ID token, good for an hour, had been given long ago; nobody has to wait for that. */
  const age = async (sub: string, leftMs: number) => {
    const goodUntil = new Date(Date.now() + leftMs);
    const renewedAt = new Date(goodUntil.getTime() - 3_600_000);
    const { modifiedCount } = await sessions().updateOne({ sub }, { $set: { goodUntil, renewedAt } });
    expect(modifiedCount).toBe(1);
  };

  it('is renewed in the last fifth of its time, with a new secret and the role that the provider tells then', async () => {
    const ada = await signedIn(scene, 'ada');
    const old = { cookie: `millrace=${ada.secret()}` };
    scene.provider.tell('ada', { groups: ['owners'] });

    await age('ada', 780_000);
    const early = await me(ada);
    await age('ada', 660_000);
    const late = await me(ada);

    expect(early.body).toMatchObject({ sub: 'ada', role: 'operator' });
    expect(early.headers.getSetCookie()).toEqual([]);
    expect(late).toMatchObject({ status: 200, body: { sub: 'ada', role: 'admin' } });
    expect(late.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^millrace=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=4\d{4}$/),
    ]);
    expect(`millrace=${ada.secret()}`).not.toBe(old.cookie);
    expect((await fetch(`${scene.console.url}/api/me`, { headers: old })).status).toBe(200);
    await sessions().updateOne({ sub: 'ada' }, { $set: { renewedAt: new Date(Date.now() - 61_000) } });
    expect((await fetch(`${scene.console.url}/api/me`, { headers: old })).status).toBe(401);
  });

  it('is renewed once for many requests at the same time, none of which is turned away', async () => {
    const cleo = await signedIn(scene, 'cleo');
    await age('cleo', -1_000);

    const answers = await Promise.all(Array.from({ length: 12 }, () => me(cleo)));

    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(answers.filter(({ headers }) => headers.getSetCookie().length > 0)).toHaveLength(1);
  });

  it('is renewed by another replica when the one that began to has died', async () => {
    const bea = await signedIn(scene, 'bea');
    await age('bea', -1_000);
    await sessions().updateOne({ sub: 'bea' }, { $set: { renewingUntil: new Date(Date.now() - 1) } });

    expect(await me(bea)).toMatchObject({ status: 200, body: { sub: 'bea' } });
  });

  it('ends when the person has no role any more', async () => {
    const dora = await signedIn(scene, 'dora');
    scene.provider.tell('dora', { groups: [] });
    await age('dora', -1_000);

    expect(await me(dora)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await sessions().countDocuments({ sub: 'dora' })).toBe(0);
  });

  it('goes on while the provider is away and its time lasts, then says so, and goes on when it is back', async () => {
    const eve = await signedIn(scene, 'eve');
    await scene.provider.leave();

    await age('eve', 60_000);
    const inTime = await me(eve);
    await age('eve', -1_000);
    const tooLate = await me(eve);
    await scene.provider.comeBack();

    expect(inTime).toMatchObject({ status: 200, body: { sub: 'eve' } });
    expect(tooLate).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
    expect(await me(eve)).toMatchObject({ status: 200, body: { sub: 'eve' } });
  });

  it('ends after SESSION_HOURS, however fresh its ID token is', async () => {
    const ada = await signedIn(scene, 'ada');
    await sessions().updateMany({ sub: 'ada' }, { $set: { endsAt: new Date() } });

    expect((await me(ada)).status).toBe(401);
  });
});

it('a session that nothing renews ends with its ID token', async () => {
  const scene = await loginScene({ people, idTokenSeconds: 90, refreshes: false });
  const ada = scene.newcomer();
  await ada.signIn('ada');
  const { body } = await me(ada);
  const row = await scene.console.database.collection('sessions').findOne({ sub: 'ada' });

  await scene.console.database.collection('sessions').updateOne({}, { $set: { goodUntil: new Date() } });

  expect(row).toMatchObject({ isRenewable: false, endsAt: new Date(String(body['expiresAt'])) });
  expect(row?.['endsAt'].getTime() - Date.now()).toBeLessThanOrEqual(90_000);
  expect(await me(ada)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
});
