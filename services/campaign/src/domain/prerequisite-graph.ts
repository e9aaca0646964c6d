import { createHash } from 'node:crypto';

/** A schtick as the graph sees it. */
export type Link = { readonly id: string; readonly prerequisiteId: string | null };

/** SHA-256 over all edges, in hex; the order of rows does not matter. No edges give the hash of nothing. */
export function graphChecksum(links: Iterable<Link>): string {
  const edges: string[] = [];
  for (const { id, prerequisiteId } of links) if (prerequisiteId) edges.push(`${id}<${prerequisiteId}`);
  return createHash('sha256').update(edges.sort().join('\n')).digest('hex');
}

/**
 * How many schticks stand at which depth; entry 0 counts those without a prerequisite.
 * @throws Error when a prerequisite is missing or a chain leads back to itself.
 */
export function depthHistogram(links: readonly Link[]): number[] {
  const parents = new Map(links.map(({ id, prerequisiteId }) => [id, prerequisiteId]));
  const histogram: number[] = [];
  for (const { id } of links) {
    const depth = depthOf(id, parents);
    histogram[depth] = (histogram[depth] ?? 0) + 1;
  }
  return Array.from(histogram, (rows) => rows ?? 0);
}

/** Whether giving `id` this prerequisite would make it its own prerequisite, directly or over others. */
export function closesCycle(parents: ReadonlyMap<string, string | null>, id: string, prerequisiteId: string): boolean {
  const seen = new Set<string>();
  for (let at: string | null | undefined = prerequisiteId; at && !seen.has(at); at = parents.get(at)) {
    if (at === id) return true;
    seen.add(at);
  }
  return false;
}

function depthOf(id: string, parents: ReadonlyMap<string, string | null>): number {
  let depth = 0;
  for (let parent = parents.get(id); parent; parent = parents.get(parent)) {
    if (!parents.has(parent)) throw new Error(`schtick ${id}: prerequisite ${parent} is missing`);
    if (++depth > parents.size) throw new Error(`schtick ${id}: its prerequisites lead back to itself`);
  }
  return depth;
}
