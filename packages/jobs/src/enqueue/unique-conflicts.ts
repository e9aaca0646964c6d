import type { ClientSession, mongo } from 'mongoose';
import type { Dispatcher } from '../broker/dispatcher.ts';
import type { UniqueRule } from '../define/define-job.ts';
import { isHeldBack } from '../limits/held-back.ts';
import type { Collections } from '../record/collections.ts';
import type { JobRecord } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { replacement } from './replacement.ts';
import { isSuccessor, nextKeyOf, type Successors, waitsForKey } from './successors.ts';
import type { UniqueKeys } from './unique-keys.ts';

const MAX_RACES = 20;

/** What a command comes to when its job must be the only one. */
export type Standing =
  /** Nobody else holds the key: write its record. */
  | { readonly kind: 'taken' }
  /** Write this record instead: it waits for the holder's end. */
  | { readonly kind: 'waits'; readonly record: JobRecord }
  /** An older job stands for it, perhaps with the payload replaced. */
  | { readonly kind: 'stands'; readonly record: JobRecord; readonly replaced: boolean };

type Parts = {
  collections: Collections;
  keys: UniqueKeys;
  successors: Successors;
  dispatcher: Dispatcher;
  redispatchMs: number;
  log: Log;
};

/** Decides who stands for a command whose unique key may be held. */
export class UniqueConflicts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws JobsError `unique-conflict`: refused by the rule, with the holder in `details.heldBy`; without it the key is being taken right now. */
  async standingOf(
    rule: Pick<UniqueRule<unknown>, 'windowMs' | 'onConflict'>,
    fresh: JobRecord & { key: string },
    session?: ClientSession,
  ): Promise<Standing> {
    const { windowMs = 0, onConflict = 'return-existing' } = rule;
    for (let tries = 0; tries < MAX_RACES; tries++) {
      // Who waits already comes before who is commanded now.
      if (onConflict === 'keep-latest-after-current' && !session) await this.#parts.successors.promote(fresh.key);
      const claim = await this.#parts.keys.take(fresh.key, fresh._id, windowMs, session);
      if (claim.kind === 'taken') return claim;
      const itself = await this.#itself(fresh, session);
      if (itself) return itself;
      if (!claim.by) throw beingTaken(fresh);
      const standing = await this.#against(claim.by, fresh, { windowMs, onConflict }, session);
      if (standing) return standing;
    }
    throw beingTaken(fresh);
  }

  /** @returns undefined when the holder has moved on meanwhile. */
  async #against(
    holder: JobRecord,
    fresh: JobRecord & { key: string },
    { windowMs, onConflict }: Required<Pick<UniqueRule<unknown>, 'windowMs' | 'onConflict'>>,
    session?: ClientSession,
  ): Promise<Standing | undefined> {
    switch (onConflict) {
      case 'return-existing':
        return this.#stands(fresh, holder);
      case 'reject':
        throw held(fresh, holder);
      case 'replace-if-not-started':
        return isUnstarted(holder) ? this.#replace(holder, this.#rung(fresh), session) : this.#stands(fresh, holder);
      case 'keep-latest-after-current':
        return isUnstarted(holder)
          ? this.#replace(holder, this.#rung(fresh), session)
          : this.#succeed(fresh, windowMs, session);
    }
  }

  /** A command that comes again is the one that it was: it gets neither another job nor puts its old payload over a newer one. */
  async #itself({ _id }: JobRecord, session?: ClientSession): Promise<Standing | undefined> {
    const first = await this.#parts.collections.jobs.findOne({ _id }, session ? { session } : {});
    return first ? { kind: 'stands', record: first, replaced: false } : undefined;
  }

  /** Takes the place behind the holder, or puts its payload into who has it. */
  async #succeed(
    fresh: JobRecord & { key: string },
    windowMs: number,
    session?: ClientSession,
  ): Promise<Standing | undefined> {
    const { keys, successors } = this.#parts;
    const waiting = waitingRecord(fresh);
    const claim = await keys.take(nextKeyOf(fresh.key), fresh._id, windowMs, session);
    if (claim.kind === 'taken') return { kind: 'waits', record: waiting };
    if (!claim.by) throw beingTaken(fresh);
    if (isSuccessor(claim.by) && claim.by.state === 'scheduled') return this.#replace(claim.by, waiting, session);
    await successors.leave(fresh.key, claim.by._id, session);
    return undefined;
  }

  /** It is rung for anew and then held back, if limits or turns say so. */
  #rung(fresh: JobRecord): JobRecord {
    if (!isHeldBack(fresh)) return fresh;
    const { waitingFor: _waitingFor, ...rung } = fresh;
    return { ...rung, wakeAt: new Date(fresh.nextRunAt.getTime() + this.#parts.redispatchMs) };
  }

  #stands(fresh: JobRecord, holder: JobRecord): Standing {
    this.#parts.log.info(
      { job: fresh.name, key: fresh.key, heldBy: holder._id },
      'unique key is held, the job that holds it is returned',
    );
    return { kind: 'stands', record: holder, replaced: false };
  }

  async #replace(holder: JobRecord, fresh: JobRecord, session?: ClientSession): Promise<Standing | undefined> {
    const { collections, dispatcher, log } = this.#parts;
    const replaced = await collections.jobs.findOneAndUpdate(
      { _id: holder._id, ...stillUnstarted(fresh) },
      replacement(holder, fresh),
      { returnDocument: 'after', ...(session && { session }) },
    );
    if (!replaced) return undefined;
    log.info(
      { job: fresh.name, key: fresh.key, heldBy: holder._id },
      'unique key is held, its job takes the new payload',
    );
    if (session) session.once('ended', () => void dispatcher.dispatch(replaced));
    else void dispatcher.dispatch(replaced);
    return { kind: 'stands', record: replaced, replaced: true };
  }
}

/** Nobody has ever begun it. */
const isUnstarted = ({ state, fence, waitingFor }: JobRecord): boolean =>
  (state === 'scheduled' || state === 'available') && fence === 0 && !waitingFor?.startsWith('unique:');

/** Whatever else has happened to it: of many that replace at once, each does, and the last one stays. */
const stillUnstarted = ({ key, waitingFor }: JobRecord): mongo.Filter<JobRecord> => {
  const place = waitsForKey(key ?? '');
  return waitingFor === place
    ? { fence: 0, state: 'scheduled', waitingFor: place }
    : { fence: 0, state: { $in: ['scheduled', 'available'] }, waitingFor: { $ne: place } };
};

/** Without a message and without a time at which it gets one, until its place is called. */
function waitingRecord({ dueAt: _dueAt, ...fresh }: JobRecord & { key: string }): JobRecord {
  const wakeAt = fresh.wakeAt ?? fresh.nextRunAt;
  return { ...fresh, state: 'scheduled', waitingFor: waitsForKey(fresh.key), wakeAt };
}

export const beingTaken = ({ name, key }: JobRecord) =>
  new JobsError('unique-conflict', `job ${name}: key ${key} is being taken by another command right now; try again`, {
    key,
  });

export const held = ({ name, key }: JobRecord, { _id, state }: JobRecord) =>
  new JobsError('unique-conflict', `job ${name}: key ${key} is held by job ${_id}, which is ${state}`, {
    key,
    heldBy: _id,
  });
