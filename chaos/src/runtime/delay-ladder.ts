import { chanceOf } from '../chance.ts';
import type { Scenario } from '../scenario.ts';
import { commandParcels, judgeParcels, withLab } from './lab.ts';

const forms = { short: { jobs: 1_000, longestMs: 30_000 }, long: { jobs: 50_000, longestMs: 600_000 } };
const latestP99Ms = 3_000;

/** T9 of the table. */
export const delayLadder: Scenario = {
  name: 'T9',
  title: 'jobs delayed by a quarter of a second up to the longest, all at once',
  promise: 'each begins when it is due, not before and hardly after',
  run: (run) =>
    withLab(run, async (lab) => {
      const { jobs, longestMs } = run.isLong ? forms.long : forms.short;
      const chance = chanceOf(run.seed, 'T9');
      const ids = Array.from({ length: jobs }, (_, index) => `delayed-${index}`);
      const delays = ids.map(() => chance.between(250, longestMs));
      lab.workers(2);
      const dueAt = new Map<string, number>();
      await commandParcels(lab, ids, (index) => {
        const delayMs = delays[index] ?? 0;
        dueAt.set(ids[index] ?? '', Date.now() + delayMs);
        return { runMs: 0, delayMs };
      });
      const { figures, faults } = await judgeParcels(lab, ids, longestMs + 60_000);
      const begun = await lab.world.database.collection('effects').find({ what: 'started' }).toArray();
      const lateness = begun.map((one) => one['at'].getTime() - (dueAt.get(one['jobId']) ?? 0)).sort((a, b) => a - b);
      const at = (share: number) => lateness[Math.floor((lateness.length - 1) * share)] ?? Number.NaN;
      const early = lateness.filter((ms) => ms < 0).length;
      return {
        figures: { ...figures, 'begun early': early, 'lateness p50 ms': at(0.5), 'lateness p99 ms': at(0.99) },
        faults: [
          ...faults,
          ...(early === 0 ? [] : [`${early} jobs began before they were due, the first ${-at(0)} ms`]),
          ...(at(0.99) <= latestP99Ms
            ? []
            : [`p99 of the lateness is ${at(0.99)} ms, at most ${latestP99Ms} are right`]),
        ],
      };
    }),
};
