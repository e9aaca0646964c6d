import type { Mesh } from '../domain/mesh.ts';
import type { Meshes } from '../store/meshes.ts';

type Log = { warn(fields: object, message: string): void };
type Follower = { readonly meshId: string; revision: number | undefined; tell(mesh: Mesh): void };

export type Following = {
  /** Nothing is told before this: the revision that the follower knows already. */
  startAt(revision: number): void;
  stop(): void;
};

const lookMs = 250;

/**
 * Tells of meshes that change, whichever replica changed them: one look at the database for all who follow in this process, and none
 * while nobody does.
 */
export class MeshFeed {
  readonly #meshes: Pick<Meshes, 'changedBeyond'>;
  readonly #log: Log;
  readonly #followers = new Set<Follower>();
  #timer: NodeJS.Timeout | undefined;

  constructor(meshes: Pick<Meshes, 'changedBeyond'>, log: Log) {
    this.#meshes = meshes;
    this.#log = log;
  }

  /** Calls back with every state of the mesh beyond what is known. Changes between two looks are told as one. */
  follow(meshId: string, tell: (mesh: Mesh) => void): Following {
    const follower: Follower = { meshId, tell, revision: undefined };
    this.#followers.add(follower);
    this.#timer ??= setTimeout(() => void this.#look(), lookMs);
    return {
      startAt: (revision) => {
        follower.revision = revision;
      },
      stop: () => void this.#followers.delete(follower),
    };
  }

  stop(): void {
    this.#followers.clear();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const known = this.#known();
      if (known.size > 0) this.#tell(await this.#meshes.changedBeyond(known));
    } catch (error) {
      this.#log.warn({ err: error }, 'mesh feed could not look for changes');
    }
    this.#timer = this.#followers.size > 0 ? setTimeout(() => void this.#look(), lookMs) : undefined;
  }

  /** What the one who knows least knows of each mesh. */
  #known(): Map<string, number> {
    const known = new Map<string, number>();
    for (const { meshId, revision } of this.#followers)
      if (revision !== undefined) known.set(meshId, Math.min(revision, known.get(meshId) ?? revision));
    return known;
  }

  #tell(meshes: readonly Mesh[]): void {
    for (const mesh of meshes) {
      for (const follower of this.#followers) {
        if (follower.meshId !== mesh._id || (follower.revision ?? mesh.revision) >= mesh.revision) continue;
        follower.revision = mesh.revision;
        follower.tell(mesh);
      }
    }
  }
}
