import type { JobDefinition } from '../define/define-job.ts';
import { cronErrors } from './cron.ts';
import type { ScheduleDefinition } from './define-schedule.ts';

/** @throws Error when two have one name, or a job is not performed here, or the default zone is none: a service does not start with that. */
export function checkedSchedules(
  schedules: readonly ScheduleDefinition[],
  definitions: ReadonlyMap<string, JobDefinition>,
  timeZone: string,
): readonly ScheduleDefinition[] {
  const names = new Set<string>();
  for (const { name, job, policy } of schedules) {
    if (names.has(name)) throw new Error(`schedule ${name}: is declared twice; give each a name of its own`);
    if (!definitions.has(job)) throw new Error(`schedule ${name}: job ${job} is not performed by this service`);
    const [wrong] = cronErrors({ cron: policy.cron, timeZone: policy.timeZone ?? timeZone });
    if (wrong) throw new Error(`schedule ${name}: ${wrong.field} ${wrong.message}`);
    names.add(name);
  }
  return schedules;
}
