import { abandonDelivery, deliverNotification, notificationDelivered } from '@millrace/contracts/notifications';
import { defineJob, discard, done, exponential, fail, type Outcome, on, snooze } from '@millrace/jobs';
import type { ChannelSender, Said, Sending } from '../clients/channel-sender.ts';
import type { SentChannel } from '../domain/channel.ts';
import { type Delivery, hasEnded, isLimited } from '../domain/delivery.ts';
import { holdOf } from '../domain/hold.ts';
import { linked } from '../domain/message.ts';
import type { Person } from '../domain/preferences.ts';
import type { Browsers } from '../store/browsers.ts';
import type { Deliveries } from '../store/deliveries.ts';
import type { GatherLater } from '../store/dispatch.ts';
import { endOfHour, type HourLimit } from '../store/hour-limit.ts';
import type { Suppressions } from '../store/suppressions.ts';

export type DeliverDeps = {
  readonly deliveries: Pick<Deliveries, 'take' | 'move' | 'beginAttempt' | 'endAttempt'>;
  readonly people: { known(sub: string): Promise<Person> };
  readonly suppressions: Pick<Suppressions, 'add' | 'reasonOf'>;
  readonly browsers: Pick<Browsers, 'find' | 'forget'>;
  /** Whether the inbox entry was read or put away. */
  readonly isRead: (notificationId: string) => Promise<boolean>;
  /** How much a person gets in an hour, and what becomes of the rest. */
  readonly limit: Pick<HourLimit, 'admits'>;
  readonly gatherLater: GatherLater;
  readonly senders: Readonly<Record<SentChannel, ChannelSender>>;
  /** The page that ends mails like this one; none for what cannot be switched off. */
  readonly unsubscribeUrl: (delivery: Delivery) => Promise<string | undefined>;
  /** Where the console is, for what leads to its pages; undefined where nobody has said. */
  readonly consoleUrl: string | undefined;
  /** Before the second attempt; each later one waits twice as long. */
  readonly retryMs: number;
  readonly now: () => Date;
};

class NotTaken extends Error {
  override readonly name = 'NotTaken';
}

/** Sends one delivery. The receiver gets it at least once, always under the same message id. */
export const deliverNotificationJob = (deps: DeliverDeps) =>
  defineJob(deliverNotification, {
    retry: [on(NotTaken, exponential({ baseMs: deps.retryMs, capMs: 3_600_000 }))],

    async run({ payload: { deliveryId, generation }, attempt, maxAttempts, signal }) {
      const delivery = await deps.deliveries.take(deliveryId, generation);
      if (!delivery) return discard('the delivery is gone, or was sent again since');
      // Told again: whoever wrote this end may have died before it was announced.
      if (delivery.state === 'delivered') return delivered(delivery);
      if (hasEnded(delivery.state)) return discard(`the delivery is ${delivery.state}: ${delivery.reason}`);
      const person = await deps.people.known(delivery.recipient);
      const held = await holdBack(deps, delivery, person);
      return held ?? attemptIt(deps, delivery, { person, isLast: attempt >= maxAttempts, signal });
    },

    onEnd: ({ payload: { deliveryId, generation } }, end) => {
      if (end.state !== 'failed' && end.state !== 'cancelled') return {};
      const reason = end.state === 'failed' ? end.failure.message : end.why;
      return { jobs: [{ name: abandonDelivery.name, payload: { deliveryId, generation, reason } }] };
    },
  });

/** @returns undefined when it is to go now. */
async function holdBack(deps: DeliverDeps, delivery: Delivery, person: Person): Promise<Outcome | undefined> {
  const { _id, channel, to, kind, notificationId } = delivery;
  const suppressed = await deps.suppressions.reasonOf(channel, to);
  const isRead = kind === 'escalation' && notificationId !== null && (await deps.isRead(notificationId));
  const now = deps.now();
  const hold = holdOf(delivery, { person, isRead, suppressed }, now);
  if (hold.kind === 'none') return holdExcess(deps, delivery, now);
  await deps.deliveries.move(_id, hold.kind === 'until' ? 'held' : 'skipped', { reason: hold.reason });
  return hold.kind === 'until' ? snooze(hold.until.getTime() - now.getTime()) : discard(hold.reason);
}

/** What is too much for this hour is told at its end, together. */
async function holdExcess(deps: DeliverDeps, delivery: Delivery, now: Date): Promise<Outcome | undefined> {
  const { _id, recipient, channel } = delivery;
  // One that is gathered already was put there by a run that died before it was over.
  const isAdmitted = !isLimited(delivery) || (await deps.limit.admits(recipient, channel, _id, now));
  if (isAdmitted && delivery.state !== 'gathered') return undefined;
  const reason = `${recipient} has had enough by ${channel} in this hour; it is told at the end of it`;
  await deps.gatherLater(delivery, endOfHour(now), reason);
  return discard(reason);
}

type Trying = { readonly person: Person; readonly isLast: boolean; readonly signal: AbortSignal };

async function attemptIt(deps: DeliverDeps, delivery: Delivery, { person, isLast, signal }: Trying): Promise<Outcome> {
  const { _id, recipient, channel, to } = delivery;
  const sending: Sending = {
    secrets: person.secrets,
    browserKeys: channel === 'push' ? ((await deps.browsers.find(recipient, to))?.keys ?? null) : null,
    signal,
    unsubscribeUrl: channel === 'email' ? await deps.unsubscribeUrl(delivery) : undefined,
  };
  const attempt = await deps.deliveries.beginAttempt(delivery);
  const sent = { ...delivery, content: linked(delivery.content, deps.consoleUrl) };
  const said = await deps.senders[channel as SentChannel](sent, sending);
  const tookMs = Date.now() - attempt.at.getTime();
  const { state, reason } = conclusionOf(said, isLast);
  if (state === 'bounced') await forgetAddress(deps, delivery, reason ?? 'bounced');
  await deps.deliveries.endAttempt(_id, { ...attempt, ...said, tookMs }, state, reason);
  if (state === 'delivered') return delivered({ ...delivery, attempts: [...delivery.attempts, attempt] });
  if (state === 'bounced') return discard(`${to} does not exist: ${reason}`);
  if (state === 'retrying') throw new NotTaken(reason ?? 'it was not taken');
  return fail({
    code: 'not-delivered',
    message: reason ?? 'it was not taken',
    remedy: 'mend the receiver, then resend',
  });
}

/** An address of a browser never comes back; any other may, when somebody lifts its suppression. */
const forgetAddress = ({ browsers, suppressions }: DeliverDeps, { channel, to }: Delivery, reason: string) =>
  channel === 'push' ? browsers.forget(to) : suppressions.add(channel, to, reason);

/** What becomes of a delivery by what its receiver said. */
function conclusionOf({ verdict, status, answer }: Said, isLast: boolean) {
  const told = status === null ? answer : `the receiver answered ${status}${answer && `: ${answer}`}`;
  if (verdict === 'taken') return { state: 'delivered', reason: null } as const;
  if (verdict === 'bounced') return { state: 'bounced', reason: told } as const;
  const isOver = verdict === 'refused' || isLast;
  const reason = verdict === 'unknown' ? `nobody knows whether it arrived: ${told}` : told;
  return { state: isOver ? 'failed' : 'retrying', reason } as const;
}

const delivered = ({ _id, recipient, channel, eventIds, attempts }: Delivery): Outcome =>
  done({
    result: { attempts: attempts.length },
    events: [
      notificationDelivered({
        ...{ deliveryId: _id, recipient, eventIds: [...eventIds] },
        channel: channel as SentChannel,
        attempts: attempts.length,
      }),
    ],
  });
