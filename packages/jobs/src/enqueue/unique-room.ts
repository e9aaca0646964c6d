import { Successors, type SuccessorsParts } from './successors.ts';
import { UniqueConflicts } from './unique-conflicts.ts';

/** Who decides upon commands whose key is held, and who calls the jobs that wait for a key. */
export function uniqueRoom(parts: SuccessorsParts): { conflicts: UniqueConflicts; successors: Successors } {
  const successors = new Successors(parts);
  return { successors, conflicts: new UniqueConflicts({ ...parts, successors }) };
}
