import { albumSection, measureCreations } from './albums.ts';
import { isLong } from './config.ts';
import { inboxSection, measureInbox } from './inbox.ts';
import type { Lab } from './lab.ts';
import { doorSection, measureDoor, measureMeshes, meshSection } from './meshes.ts';
import { type Extent, measurePeers } from './peers/peers.ts';
import { peersSection } from './peers/peers-section.ts';
import { measurePool } from './pool.ts';
import { poolSection, searchSection, seedingSection } from './report.ts';
import { measureSearch } from './search.ts';
import { measureSeeding } from './seeding.ts';

type Say = (line: string) => void;

/** A measurement that can be run alone, and its section of the page. */
type Part = { readonly name: string; measure(lab: Lab, say: Say): Promise<string> };

/** In the order in which they are measured and stand on the page. */
export const parts: readonly Part[] = [
  { name: 'seeding', measure: seeding },
  { name: 'pool', measure: pool },
  { name: 'peers', measure: peers },
  { name: 'search', measure: search },
  { name: 'inbox', measure: inbox },
  { name: 'albums', measure: albums },
  { name: 'meshes', measure: meshes },
  { name: 'door', measure: door },
];

async function seeding(lab: Lab, say: Say): Promise<string> {
  say('seeding: batch beside single, then from tiny to huge …');
  const full = await measureSeeding(lab, { profile: 'full', modes: ['batch', 'single'], rounds: isLong ? 9 : 5 });
  const tiny = await measureSeeding(lab, { profile: 'tiny', modes: ['batch'], rounds: isLong ? 15 : 7 });
  const huge = await measureSeeding(lab, { profile: 'huge', modes: ['batch'], rounds: isLong ? 5 : 3 });
  return seedingSection([...tiny, ...full, ...huge]);
}

async function pool(lab: Lab, say: Say): Promise<string> {
  say('pool: claims from tiny to huge, cold creations, a rush …');
  const rush = { asked: 100, ready: 60, rounds: isLong ? 7 : 3 };
  return poolSection(await measurePool(lab, { claims: isLong ? 100 : 40, cold: 5, rush }));
}

const backlogs = [10_000, 50_000];
const shortExtent: Extent = { jobs: 3_000, rounds: 2, seconds: 6, backlogs, ownBacklogs: backlogs };
const longExtent: Extent = { jobs: 20_000, rounds: 5, seconds: 60, backlogs, ownBacklogs: [...backlogs, 1_000_000] };

async function peers(lab: Lab, say: Say): Promise<string> {
  return peersSection(await measurePeers(lab, isLong ? longExtent : shortExtent, say));
}

async function search(lab: Lab, say: Say): Promise<string> {
  say('search: 100,000 waiting jobs …');
  return searchSection(await measureSearch(lab, { jobs: 100_000, rounds: isLong ? 50 : 15 }));
}

async function inbox(lab: Lab, say: Say): Promise<string> {
  say('inbox: from an event to the open page …');
  return inboxSection(await measureInbox(lab, { perSecond: 50, seconds: isLong ? 60 : 15, people: 25 }));
}

async function albums(lab: Lab, say: Say): Promise<string> {
  say('albums: created beside a provider that answers and one that is dead …');
  return albumSection(await measureCreations(lab, { albums: isLong ? 2_000 : 500 }));
}

async function meshes(_lab: Lab, say: Say): Promise<string> {
  say('meshes: beside thinned grids …');
  return meshSection(await measureMeshes({ rounds: isLong ? 5 : 2 }));
}

async function door(_lab: Lab, say: Say): Promise<string> {
  say('meshes: over gRPC, beside a pool of processes …');
  return doorSection(await measureDoor({ jobs: isLong ? 64 : 16 }));
}
