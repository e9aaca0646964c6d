import { setTimeout as delay } from 'node:timers/promises';
import { chanceOf } from '../chance.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { judgeParcels } from './judge-parcels.ts';
import { commandParcels, type Lab, withLab } from './lab.ts';

const forms = { short: { jobs: 1_000, longestMs: 30_000 }, long: { jobs: 50_000, longestMs: 600_000 } };
const shortestMs = 250;
/** The ladder keeps four leading bits of a delay and rounds up: one eighth is its own, by design. A timer has no such share. */
const ladderShare = 0.125;
/** What is left of being late must stay below the ladder's unit. */
const allowedMs = 250;
/** Jobs without a delay, one after the other all the time: what the machine costs them, it may cost whoever is due so close by. */
const promptEveryMs = 250;
const closeByMs = 2_000;

/** T9 of the table. */
export const delayLadder: Scenario = {
  name: 'T9',
  title:
    'jobs commanded for later, and as many that lie down, for a quarter of a second up to the longest, all at once',
  promise:
    'none begins before it is due; each begins as soon as a job without a delay does at that moment, within a quarter of a second, and one that lies down at most an eighth of its delay later than that',
  run: (run) =>
    withLab(run, async (lab) => {
      const { jobs, longestMs } = run.isLong ? forms.long : forms.short;
      const chance = chanceOf(run.seed, 'T9');
      const ids = Array.from({ length: jobs }, (_, index) => (index % 2 === 0 ? `later-${index}` : `lying-${index}`));
      const delays = new Map(ids.map((id) => [id, chance.between(shortestMs, longestMs)]));
      const delayOf = (id: string) => delays.get(id) ?? 0;
      const dueAt = new Map<string, number>();
      let lastDueAt = Number.POSITIVE_INFINITY;
      lab.workers(2);
      const prompting = promptWhile(lab, () => Date.now() < lastDueAt);
      await commandParcels(lab, ids, (index) => {
        const id = ids[index] ?? '';
        if (id.startsWith('lying')) return { runMs: 0, layDownMs: delayOf(id) };
        dueAt.set(id, Date.now() + delayOf(id));
        return { runMs: 0, delayMs: delayOf(id) };
      });
      lastDueAt = Date.now() + longestMs;
      const prompt = await prompting;
      const found = await judgeParcels(lab, [...ids, ...prompt.keys()], longestMs * ladderShare + 60_000);
      const punctuality = judgePunctuality({
        prompts: [...(await beginningsOf(lab, prompt)).values()],
        timed: [...(await beginningsOf(lab, dueAt)).values()],
        laid: [...(await beginningsOf(lab, await laidDown(lab, delayOf)))].map(([id, begun]) => ({
          ...begun,
          shareMs: Math.round(ladderShare * delayOf(id)),
        })),
      });
      return {
        ...found,
        figures: { ...found.figures, ...punctuality.figures },
        faults: [...found.faults, ...punctuality.faults],
      };
    }),
};

type Begun = { readonly dueAt: number; readonly lateMs: number; readonly shareMs?: number };
type Beginnings = Readonly<Record<'prompts' | 'timed' | 'laid', readonly Begun[]>>;

function judgePunctuality({ prompts, timed, laid }: Beginnings): Finding {
  const beyondP99 = (begun: readonly Begun[]) =>
    quantile(
      begun.map((one) => one.lateMs - (one.shareMs ?? 0) - excuseOf(one, prompts)),
      0.99,
    );
  const [timedBeyond, laidBeyond] = [beyondP99(timed), beyondP99(laid)];
  const early = [...timed, ...laid].filter(({ lateMs }) => lateMs < 0).length;
  return {
    figures: {
      'begun early': early,
      ...lateness('commanded for later', timed),
      'commanded for later: later than jobs without a delay p99 ms': timedBeyond,
      ...lateness('laid down', laid),
      'laid down: later than those and an eighth of the delay p99 ms': laidBeyond,
      ...lateness('without a delay', prompts),
    },
    faults: [
      ...(early === 0 ? [] : [`${early} began before they were due`]),
      ...tooLate('what was commanded for later', timedBeyond),
      ...tooLate('what has laid down', laidBeyond),
    ],
  };
}

const tooLate = (what: string, p99Ms: number): string[] =>
  p99Ms <= allowedMs ? [] : [`${what} begins ${p99Ms} ms too late at p99, and at most ${allowedMs} are right`];

const lateness = (what: string, begun: readonly Begun[]): Record<string, number> => ({
  [`${what}: begun after p50 ms`]: quantile(
    begun.map(({ lateMs }) => lateMs),
    0.5,
  ),
  [`${what}: begun after p99 ms`]: quantile(
    begun.map(({ lateMs }) => lateMs),
    0.99,
  ),
});

/** What jobs without a delay have waited for at most that waited about then. */
function excuseOf({ dueAt }: Begun, prompts: readonly Begun[]): number {
  const close = prompts.filter((one) => dueAt >= one.dueAt - closeByMs && dueAt <= one.dueAt + one.lateMs + closeByMs);
  return Math.max(0, ...close.map(({ lateMs }) => lateMs));
}

/** @returns when each was commanded. */
async function promptWhile(lab: Lab, isWanted: () => boolean): Promise<Map<string, number>> {
  const commandedAt = new Map<string, number>();
  while (isWanted()) {
    const id = `prompt-${commandedAt.size}`;
    commandedAt.set(id, Date.now());
    await commandParcels(lab, [id], () => ({ runMs: 0 }));
    await delay(promptEveryMs);
  }
  return commandedAt;
}

/** When each that has laid down is due. */
async function laidDown({ world }: Lab, delayOf: (id: string) => number): Promise<Map<string, number>> {
  const laid = await world.database.collection('effects').find({ what: 'laid down' }).toArray();
  return new Map(laid.map(({ jobId, at }) => [String(jobId), at.getTime() + delayOf(String(jobId))]));
}

/** By job: when it was due, and how long after that it began. */
async function beginningsOf({ world }: Lab, dueAt: ReadonlyMap<string, number>): Promise<Map<string, Begun>> {
  const started = await world.database.collection('effects').find({ what: 'started' }).toArray();
  const begun = started.flatMap(({ jobId, at }): [string, Begun][] => {
    const due = dueAt.get(String(jobId));
    return due === undefined ? [] : [[String(jobId), { dueAt: due, lateMs: at.getTime() - due }]];
  });
  return new Map(begun);
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
