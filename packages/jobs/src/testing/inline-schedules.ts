import type { EnqueueOptions } from '../enqueue/new-record.ts';
import { nextTick } from '../schedules/cron.ts';
import { decide } from '../schedules/decide.ts';
import type { ScheduleDefinition } from '../schedules/define-schedule.ts';
import { scheduleTag, tickJobId } from '../schedules/schedule-row.ts';

type Command = (name: string, payload: unknown, options: EnqueueOptions) => unknown;
type Entry = { readonly definition: ScheduleDefinition; readonly timeZone: string; nextAt: Date };

/** Commands jobs by the twin's clock, as the runtime decides: what is noticed late has misfired. */
export class InlineSchedules {
  readonly #entries: Entry[];
  readonly #command: Command;

  constructor(definitions: readonly ScheduleDefinition[], now: Date, timeZone: string, command: Command) {
    this.#command = command;
    this.#entries = definitions.map((definition) => {
      const zone = definition.policy.timeZone ?? timeZone;
      const rule = { cron: definition.policy.cron, timeZone: zone };
      return { definition, timeZone: zone, nextAt: nextTick(rule, now) };
    });
  }

  /** Commands what is due. */
  fire(now: Date): void {
    for (const entry of this.#entries) {
      if (entry.nextAt > now) continue;
      const { policy } = entry.definition;
      const { fire, nextAt } = decide({ ...policy, timeZone: entry.timeZone, nextAt: entry.nextAt }, now);
      entry.nextAt = nextAt;
      for (const tick of fire) this.#tick(entry.definition, tick);
    }
  }

  /** When the next tick is due; undefined without schedules. */
  next(): Date | undefined {
    return this.#entries.map(({ nextAt }) => nextAt).toSorted((one, other) => one.getTime() - other.getTime())[0];
  }

  #tick({ name, job, policy: { payload, lane } }: ScheduleDefinition, tick: Date): void {
    this.#command(job, payload, {
      id: tickJobId(name, tick),
      tags: [scheduleTag(name)],
      meta: { schedule: name, tick: tick.toISOString() },
      ...(lane && { lane }),
    });
  }
}
