import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Page, useAnswer } from '../api/answers.ts';
import { refusalOf, useMe } from '../api/me.ts';
import { act } from '../api/request.ts';
import { Check } from '../ui/field.tsx';
import { useNotes } from '../ui/notes.tsx';

const worker = '/assets/push-worker.js';
const subscriptions = '/api/notifications/push/subscriptions';

type Browser = { readonly id: string; readonly endpoint: string };

/** Whether one is told in this very browser, also while no page of the console is open. */
export function PushSwitch() {
  const key = useAnswer<{ publicKey: string | null }>('/api/notifications/push/key', { everyMs: 3_600_000 });
  const browsers = useAnswer<Page<Browser>>(subscriptions, { everyMs: 60_000 });
  const here = useQuery({ queryKey: ['push'], queryFn: async () => (await subscription())?.endpoint ?? null });
  const change = useSwitch(key.data?.publicKey ?? null);
  const reason = refusalOf(useMe(), 'member') ?? whyFixed(key.data?.publicKey);
  const known = browsers.data?.items.find(({ endpoint }) => endpoint === here.data);
  return (
    <div className="card">
      <Check
        label="Notify me in this browser"
        checked={known !== undefined}
        isFixed={(reason !== undefined && known === undefined) || change.isPending}
        onChange={(isOn) => change.mutate({ isOn, known })}
      />
      {reason && <p className="hint">{reason}</p>}
    </div>
  );
}

/** Why it cannot be switched here; undefined when it can. */
function whyFixed(publicKey: string | null | undefined): string | undefined {
  if (!window.isSecureContext) return 'A browser takes push messages only of a page that it has by https.';
  if (!('serviceWorker' in navigator && 'PushManager' in window)) return 'This browser knows no push messages.';
  if (publicKey === null) return 'This cluster pushes nothing: it has no key.';
  if (Notification.permission === 'denied')
    return 'This browser forbids notifications of this page. Allow them in its settings of the site, then come back.';
  return undefined;
}

function useSwitch(publicKey: string | null) {
  const client = useQueryClient();
  const { say } = useNotes();
  return useMutation({
    mutationFn: ({ isOn, known }: { isOn: boolean; known: Browser | undefined }) =>
      isOn ? switchOn(publicKey) : switchOff(known),
    onError: (error) => say('refused', `It stays as it was: ${error.message}`),
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey: [key] }) => key === 'push' || key === subscriptions }),
  });
}

const subscription = async (): Promise<PushSubscription | null> =>
  (await (await navigator.serviceWorker?.getRegistration(worker))?.pushManager.getSubscription()) ?? null;

async function switchOn(publicKey: string | null): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new Error('the browser does not allow it.');
  const { pushManager } = await activated(await navigator.serviceWorker.register(worker));
  // One that this account does not know is another's, or was made with another key: its end is told to whoever still pushes to it.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await act('POST', subscriptions, { ...made.toJSON(), name: navigator.userAgent.slice(0, 100) });
}

/** A worker that was just installed cannot be subscribed yet. */
async function activated(registration: ServiceWorkerRegistration): Promise<ServiceWorkerRegistration> {
  const { installing } = registration;
  if (!registration.active && installing) {
    await new Promise<void>((resolve) => {
      installing.addEventListener('statechange', () => installing.state === 'activated' && resolve());
    });
  }
  return registration;
}

async function switchOff(known: Browser | undefined): Promise<void> {
  if (known) await act('DELETE', `${subscriptions}/${known.id}`);
  await (await subscription())?.unsubscribe();
}
