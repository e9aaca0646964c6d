import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Connection } from 'mongoose';
import type { CrashPoint } from '../runtime/crash-points.ts';
import { faultsOf } from './crash-faults.ts';
import { CrashWorld, eventually, newPlace } from './crash-world.ts';
import { act, type CrashWish, sceneOf } from './crashing.ts';
import type { Scene, SceneCommand } from './scene.ts';

export { crashAt } from './crashing.ts';
export type { Scene, SceneTools } from './scene.ts';

export type SweepOptions = {
  amqpUrl: string;
  mongodbUri: string;
  /** The module that is the scene: child processes import it. */
  definitions: URL;
  /** The name of the export that is the scene, when the module itself is none. */
  scene?: string;
  /** Given by each process with the same id: an id of its own by default. */
  command?:
    | { name: string; payload: unknown; id?: string }
    | readonly { name: string; payload: unknown; id?: string }[];
  /** What the jobs have left in the world, read after the end of all of them. */
  effects(database: Connection): Promise<unknown>;
  /** What they must have left, wherever a process died. */
  expected: unknown;
  /** Default: {@link WAY_OF_A_JOB}; those where no process comes by are reported as `missed`. */
  points?: readonly CrashPoint[];
  /** Deaths in the midst of the first run, so many milliseconds after its begin: where the handler waits for its own calls. */
  insideMs?: readonly number[];
  /** How often each point is died at, at a later visit each time. Default 1. */
  seeds?: number;
  /** Processes side by side. Default 4. */
  atOnce?: number;
};

export type SweepReport = {
  /** Where a process died and another one put everything right. */
  readonly covered: readonly CrashPoint[];
  /** Where no process came by. */
  readonly missed: readonly CrashPoint[];
  /** Of `insideMs`, those at which the job was still there to be died with. */
  readonly insideMs: readonly number[];
  /** Sum over all ledgers. */
  readonly imbalance: number;
};

/** What any job passes from its command to the end of its announcement; the table of all names more. */
export const WAY_OF_A_JOB: readonly CrashPoint[] = [
  'enqueue.checked',
  'enqueue.key-taken',
  'enqueue.record-written',
  'enqueue.journalled',
  'dispatch.published',
  'claim.written',
  'run.unstarted',
  'step.done',
  'step.written',
  'run.returned',
  'run.left',
  'wait.written',
  'wait.dispatched',
  'end.written',
  'tell.follow-up-enqueued',
  'tell.unannounced',
  'tell.announced',
];

type Death = { readonly point: CrashPoint; readonly visit: number; readonly afterMs?: number };
type Verdict = Death & { isReached: boolean; imbalance: number; faults: string[] };

const SETTLED_WITHIN_MS = 60_000;
const LATEST_VISIT = 3;
const program = fileURLToPath(new URL('crashing-process.ts', import.meta.url));

/**
 * Kills a process at every crash point that a job comes by, each in a database of its own, lets another process go on, and
 * looks whether one can see that anybody died: effects, ends, announcements, ledger, unique keys, messages.
 * @throws Error with every point and fault when one can.
 */
export async function crashPointSweep(options: SweepOptions): Promise<SweepReport> {
  const { points = WAY_OF_A_JOB, insideMs = [], seeds = 1, atOnce = 4 } = options;
  const visits = Array.from({ length: seeds }, (_, seed) => (seed % LATEST_VISIT) + 1);
  const deaths: Death[] = [
    ...visits.flatMap((visit) => points.map((point) => ({ point, visit }))),
    ...insideMs.map((afterMs) => ({ point: 'run.unstarted' as const, visit: 1, afterMs })),
  ];
  const verdicts = await sideBySide(deaths, atOnce, (death) => die(options, death));
  const faults = verdicts.flatMap((verdict) => verdict.faults.map((fault) => `${whereOf(verdict)}: ${fault}`));
  if (faults.length > 0)
    throw new Error(`${faults.length} faults after a death at a crash point:\n${faults.join('\n')}`);
  const reached = verdicts.filter(({ isReached }) => isReached);
  const covered = points.filter((point) => reached.some((death) => death.point === point && !death.afterMs));
  return {
    covered,
    missed: points.filter((point) => !covered.includes(point)),
    insideMs: reached.flatMap(({ afterMs }) => afterMs ?? []),
    imbalance: verdicts.reduce((sum, { imbalance }) => sum + imbalance, 0),
  };
}

const whereOf = ({ point, afterMs }: Death) => (afterMs === undefined ? point : `${afterMs} ms after ${point}`);

/** One death and what comes after it. */
async function die(options: SweepOptions, death: Death): Promise<Verdict> {
  const place = newPlace(options);
  const scene = await sceneOf(options.definitions.href, options.scene);
  const world = await CrashWorld.open({ ...place, dies: false });
  const commands = commandsOf(options);
  const queues = await queuesOf(scene, world);
  try {
    if (scene.arrange) await scene.arrange(await world.make(scene), world.tools());
    const wish: CrashWish = {
      place,
      module: options.definitions.href,
      scene: options.scene,
      commands,
      afterMs: undefined,
      ...death,
    };
    const isReached = await liveAndDie(wish);
    const jobs = await world.start(scene);
    await act(world, scene, jobs, commands);
    await eventually('all jobs have ended', () => world.isSettled(), SETTLED_WITHIN_MS);
    const { imbalance, faults } = await faultsOf({ world, jobs, queues, commands, ...options });
    return { ...death, isReached, imbalance, faults };
  } catch (error) {
    return {
      ...death,
      isReached: false,
      imbalance: 0,
      faults: [error instanceof Error ? error.message : String(error)],
    };
  } finally {
    await world.end(queues);
  }
}

/** @returns whether the process died where it should. @throws when it failed for another reason. */
async function liveAndDie(wish: CrashWish): Promise<boolean> {
  const child = spawn(process.execPath, [program, JSON.stringify(wish)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the process that was to die failed: ${said.slice(-600)}`);
  return signal === 'SIGKILL';
}

function commandsOf({ command = [] }: SweepOptions): SceneCommand[] {
  return [command].flat().map((one, index) => ({ ...one, id: one.id ?? `swept-${index}` }));
}

async function queuesOf(scene: Scene, world: CrashWorld): Promise<string[]> {
  const definitions = await world.definitionsOf(scene);
  return [...new Set(definitions.map(({ contract }) => contract.queue))];
}

async function sideBySide<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  const one = async () => {
    for (const [index, item] of waiting) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return answers;
}
