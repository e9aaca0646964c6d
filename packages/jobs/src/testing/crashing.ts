import { type CrashPoint, onCrashPoint } from '../runtime/crash-points.ts';
import { type CrashPlace, CrashWorld, eventually } from './crash-world.ts';
import type { Scene, SceneCommand } from './scene.ts';

/** What the process is told on its command line, as JSON. */
export type CrashWish = {
  place: CrashPlace;
  /** The module with the scene, and the name of its export; without one the module is the scene. */
  module: string;
  scene: string | undefined;
  commands: SceneCommand[];
  point: CrashPoint;
  /** At which visit it dies, from 1. */
  visit: number;
  /** How long after the visit. Default: at once. */
  afterMs: number | undefined;
};

const SETTLED_WITHIN_MS = 20_000;

/** Kills this process when it comes by a point for the nth time: nothing of it is cleaned up. */
export function crashAt(point: CrashPoint, visit = 1, afterMs?: number): void {
  let visits = 0;
  const die = () => process.kill(process.pid, 'SIGKILL');
  onCrashPoint((reached) => {
    if (reached !== point || ++visits !== visit) return;
    if (afterMs === undefined) die();
    else setTimeout(die, afterMs);
  });
}

/** The scene of a module. */
export async function sceneOf(module: string, name: string | undefined): Promise<Scene> {
  const exported: Record<string, unknown> = await import(module);
  const scene = (name ? exported[name] : exported) as Scene | undefined;
  if (typeof scene?.definitions !== 'function')
    throw new Error(`${module}: ${name ?? 'the module'} exports no function definitions(tools)`);
  return scene;
}

/** Does what the scene says, or gives its commands. */
export async function act(
  world: CrashWorld,
  scene: Scene,
  jobs: Parameters<NonNullable<Scene['act']>>[0],
  commands: readonly SceneCommand[],
) {
  for (const { name, payload, id } of commands) await jobs.command(name, payload, { id });
  await scene.act?.(jobs, world.tools());
}

/** What the process that is to die does. */
export async function liveAndDie({
  place,
  module,
  scene: name,
  commands,
  point,
  visit,
  afterMs,
}: CrashWish): Promise<void> {
  const scene = await sceneOf(module, name);
  const world = await CrashWorld.open(place);
  crashAt(point, visit, afterMs);
  const jobs = await world.start(scene);
  await act(world, scene, jobs, commands);
  await eventually('all jobs have ended', () => world.isSettled(), SETTLED_WITHIN_MS);
  await world.close();
}
