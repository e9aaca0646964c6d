/**
 * A prerequisite tree as a list of parents: entry `i` is the position of node `i`'s parent, -1 for the root.
 * Parents always stand before their children.
 */
export type Tree = readonly number[];

/**
 * A root with arms of the given lengths, in nodes below the root.
 * @example tree(3, 1) // [-1, 0, 1, 2, 0]: one arm of three, one of one
 */
export function tree(...armLengths: readonly number[]): Tree {
  const parents = [-1];
  for (const length of armLengths) {
    for (let step = 0; step < length; step++) parents.push(step === 0 ? 0 : parents.length - 1);
  }
  return parents;
}

/** A root, one child, and three leaves below that child. */
export const fork: Tree = [-1, 0, 1, 1, 1];

export const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
