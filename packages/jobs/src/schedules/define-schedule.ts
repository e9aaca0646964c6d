import type { z } from 'zod';
import { issuesOf } from '../broker/envelope.ts';
import type { Contract, Lane } from '../define/define-job.ts';
import { cronErrors } from './cron.ts';

/**
 * What becomes of ticks that nobody was there to fire in time.
 * | `skip` | none of them | `once` | the latest, unless a tick is fired on time by then | `all` | each, at most the last 1,000 |
 */
export const MISFIRES = ['skip', 'once', 'all'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** What of a schedule a person may change while it runs. */
export type SchedulePolicy = {
  cron: string;
  timeZone: string;
  misfire: Misfire;
  payload: unknown;
  /** Null: the contract's. */
  lane: Lane | null;
  /** A tick that is fired later than this has misfired. Null: half the time to the next tick, at most 30 s. */
  graceMs: number | null;
};

/** A schedule as the service's code declares it. */
export type ScheduleDefinition = {
  readonly name: string;
  readonly job: string;
  readonly policy: Omit<SchedulePolicy, 'timeZone'> & { readonly timeZone: string | null };
  /** Asked at each tick before its job is written. */
  readonly isWanted?: () => Promise<boolean>;
};

const NAME = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const MAX_NAME_CHARS = 100;

/**
 * A job that is commanded by the clock.
 * @param cron five fields, or six with seconds first. @param timeZone whose clocks count; default the service's (`timeZone` of its options, else UTC).
 * @param misfire default `once`.
 * @param isWanted whether there is anything to do: a tick that is not wanted leaves no job. It may be asked more than once about a tick and
 *   by any replica, and decides nothing: work that comes the moment after has the next tick. One that throws counts as yes. Default: always.
 * @throws Error when name, cron, zone or payload are wrong: a service does not start with that.
 * @example defineSchedule({ name: 'assets.purge', cron: '0 3 * * *', job: purgeAssets, payload: {} })
 */
export function defineSchedule<Payload extends z.ZodType>(spec: {
  name: string;
  cron: string;
  timeZone?: string;
  misfire?: Misfire;
  job: Contract<Payload>;
  payload: z.input<Payload>;
  lane?: Lane;
  graceMs?: number;
  isWanted?: () => Promise<boolean>;
}): ScheduleDefinition {
  const { name, cron, timeZone = null, misfire = 'once', job, payload, lane = null, graceMs = null, isWanted } = spec;
  if (!NAME.test(name) || name.length > MAX_NAME_CHARS)
    throw new Error(`schedule ${JSON.stringify(name)}: a name has a-z, 0-9, . and -, at most ${MAX_NAME_CHARS}`);
  const [wrong] = cronErrors({ cron, timeZone: timeZone ?? 'UTC' });
  if (wrong) throw new Error(`schedule ${name}: ${wrong.field} ${wrong.message}`);
  const parsed = job.payload.safeParse(payload);
  if (!parsed.success) throw new Error(`schedule ${name}: job ${job.name}: ${issuesOf(parsed.error)}`);
  const policy = { cron, timeZone, misfire, payload, lane, graceMs };
  return { name, job: job.name, policy, ...(isWanted && { isWanted }) };
}
