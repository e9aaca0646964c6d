import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { mongo } from 'mongoose';
import { EARLY_MS } from '../broker/dispatcher.ts';
import type { Envelope } from '../broker/envelope.ts';
import { Batcher } from '../record/batcher.ts';
import type { Collections } from '../record/collections.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';

export type ClaimedRecord = JobRecord & { lease: NonNullable<JobRecord['lease']> };

export type Claim =
  | { readonly kind: 'won'; readonly record: ClaimedRecord }
  /** Another dispatch, another worker or an end has overtaken this message. */
  | { readonly kind: 'moved-on' }
  /** The message came before its time, or while its queue may not run it; it must be sent again when it may. */
  | { readonly kind: 'early'; readonly record: JobRecord }
  | { readonly kind: 'record-missing' };

/** Decides by one compare-and-set who runs a dispatch. */
export class Claims {
  readonly #commit: GroupCommit;
  readonly #owner: string;
  readonly #claimable: (queue: string | undefined) => mongo.Filter<JobRecord>;
  readonly #records: Batcher<string, JobRecord | null>;

  constructor(parts: {
    collections: Collections;
    commit: GroupCommit;
    owner: string;
    /** What a job of a queue must be to be begun, beyond being due; of suspects the queue is not known. */
    claimable(queue: string | undefined): mongo.Filter<JobRecord>;
  }) {
    const { jobs } = parts.collections;
    this.#commit = parts.commit;
    this.#owner = parts.owner;
    this.#claimable = parts.claimable;
    this.#records = new Batcher(async (ids) => {
      const found = await context.with(ROOT_CONTEXT, () => jobs.find({ _id: { $in: ids } }).toArray());
      const byId = new Map(found.map((record) => [record._id, record]));
      return ids.map((id) => byId.get(id) ?? null);
    });
  }

  /** @param isAlone whether this process has nothing else in hand, as in quarantine. @throws when the database stays away. */
  async claim({ jobId, n }: Envelope, isAlone: boolean, queue?: string): Promise<Claim> {
    crashPoint('claim.unwritten');
    const written = await this.#commit.write({
      id: jobId,
      filter: (now) => ({
        n,
        state: { $in: [...RUNNABLE] },
        nextRunAt: { $lte: new Date(now.getTime() + EARLY_MS) },
        ...this.#claimable(queue),
      }),
      mark: 'lease.token',
      update: {
        $set: { state: 'executing', 'lease.owner': this.#owner, ...(isAlone && { 'lease.alone': true }) },
        $unset: { wakeAt: '', dueAt: '', waitingFor: '', promised: '' },
        $inc: { fence: 1, attempt: 1 },
        $currentDate: { 'lease.renewedAt': true, startedAt: true, updatedAt: true },
      },
    });
    crashPoint('claim.written');
    const record = written?.record ?? (await this.#records.get(jobId));
    crashPoint('claim.read');
    return judge(record, n, written?.token);
  }
}

/** Read back by token, never by counts: the answer that said "matched" may have been lost. */
function judge(record: JobRecord | null, n: number, token: string | undefined): Claim {
  if (!record) return { kind: 'record-missing' };
  if (token && record.state === 'executing' && record.lease?.token === token)
    return { kind: 'won', record: { ...record, lease: record.lease } };
  const isSameDispatch = record.n === n && RUNNABLE.some((state) => state === record.state);
  return isSameDispatch ? { kind: 'early', record } : { kind: 'moved-on' };
}
