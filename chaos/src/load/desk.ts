import { setTimeout as delay } from 'node:timers/promises';
import { comesTrue } from '../checks/operator.ts';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Client } from './client.ts';
import type { Command } from './plan.ts';
import { type Desk, type Furnishing, furnish, type Sent, sendCommand } from './send.ts';

/** So many commands may be without an answer at once. */
const inFlight = 24;

/** Resolves when campaigns can be seeded. @throws after a minute. */
async function templatePublished({ database }: Pick<WholeCluster, 'database'>): Promise<void> {
  const templates = database('campaign').collection('templates');
  const isThere = await comesTrue(async () => (await templates.countDocuments({ status: 'published' })) > 0, 60_000);
  if (!isThere) throw new Error('no template was published within a minute');
}

/** Everybody with a project and pictures of their own, as soon as campaigns can be seeded. @throws when no template is published within a minute. */
export async function deskOf(
  cluster: Pick<WholeCluster, 'database' | 'provider'>,
  client: Client,
  people: readonly string[],
): Promise<Desk> {
  await templatePublished(cluster);
  const furnishings = new Map<string, Furnishing>();
  for (const person of people) furnishings.set(person, await furnish(client, person));
  const albums = new Map(cluster.provider.catalogue.albums().map((album) => [album.title, album]));
  return {
    client,
    furnishingOf: (person) => furnishings.get(person) as Furnishing,
    releaseGroupOf: (album) => {
      const found = albums.get(`Album ${album}`);
      if (!found) throw new Error(`the catalogue has no Album ${album}`);
      return found;
    },
  };
}

/** Sends the plan at its pace, or more slowly when too much is without an answer; no more of it once the signal is aborted. */
export async function sendAll(
  desk: Desk,
  plan: readonly Command[],
  everyMs: number,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<{ sent: Sent[]; refused: string[] }> {
  const sent: Sent[] = [];
  const refused: string[] = [];
  const open = new Set<Promise<unknown>>();
  for (const [index, command] of plan.entries()) {
    if (signal?.aborted) break;
    const sending: Promise<unknown> = sendCommand(desk, command)
      .then(
        (one) => sent.push(one),
        (error: unknown) => refused.push(`${command.kind} ${command.name}: ${String(error)}`),
      )
      .finally(() => open.delete(sending));
    open.add(sending);
    if (index % 100 === 99) say(`${index + 1} commands sent, ${sent.length} answered`);
    await delay(everyMs);
    if (open.size >= inFlight) await Promise.race(open);
  }
  await Promise.all(open);
  return { sent, refused };
}
