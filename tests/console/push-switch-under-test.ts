import { createECDH, randomBytes } from 'node:crypto';
import type { Visit } from '@millrace/browser';

/** The address under which the browser maker's push service would take messages; nobody is there. */
export const pushEndpoint = 'https://push.invalid/of-this-browser';

/**
 * Plays the browser maker's push service, which no machine without the internet reaches: signing on gives keys as a browser makes
 * them. All else of the browser, worker and permissions included, is real. Holds from the next opening of a page on.
 */
export async function playPushService({ page }: Visit): Promise<void> {
  const ecdh = createECDH('prime256v1');
  const keys = { p256dh: ecdh.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') };
  await page.addInitScript(`
    let held = null;
    PushManager.prototype.getSubscription = async () => held;
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      const endpoint = ${JSON.stringify(pushEndpoint)};
      const toJSON = () => ({ endpoint, expirationTime: null, keys: ${JSON.stringify(keys)} });
      held = { endpoint, toJSON, unsubscribe: async () => { held = null; return true; } };
      window.signedOnWith = applicationServerKey;
      return held;
    };`);
}

type Shown = { readonly title: string; readonly body: string; readonly tag: string };

/** Pushes a message to the worker of the page, as the browser does when one has come; what the worker shows then. */
export async function push({ page }: Visit, message: { id: string; title: string; body: string }): Promise<Shown[]> {
  const debug = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    debug.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [first] }) => {
      if (first) resolve(first.registrationId);
    });
  });
  await debug.send('ServiceWorker.enable');
  await debug.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(page.url()).origin,
    registrationId: await registered,
    data: JSON.stringify(message),
  });
  return (await page.evaluate(shownSoon)) as Shown[];
}

const shownSoon = `(async () => {
  const registration = await navigator.serviceWorker.getRegistration('/assets/push-worker.js');
  const endsAt = performance.now() + 10_000;
  let shown = [];
  while (shown.length === 0 && performance.now() < endsAt) {
    shown = await registration.getNotifications();
    await new Promise(requestAnimationFrame);
  }
  return shown.map(({ title, body, tag }) => ({ title, body, tag }));
})()`;
