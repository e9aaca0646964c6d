import { startMusicBrainz } from '@millrace/simulators';
import { freePort, localToken, startServiceProcess } from '@millrace/stack';
import type { Lab } from './lab.ts';
import { quantile } from './statistics.ts';

type Times = { readonly p50Ms: number; readonly p99Ms: number };

export type CreationTimes = {
  readonly rounds: number;
  readonly alive: Times;
  readonly dead: Times;
};

/**
 * `POST /albums` until its answer, one after the other, while the provider of releases answers and while it is dead, in turns.
 * @param albums how many of each kind.
 * @throws Error when one is refused.
 */
export async function measureCreations(lab: Lab, { albums }: { albums: number }): Promise<CreationTimes> {
  const provider = await startMusicBrainz({ plainAlbums: 1 });
  const service = await startServiceProcess('music', {
    port: await freePort(),
    logFile: `${lab.directory}/bench-music.log`,
    env: {
      ...lab.environment,
      NAMESPACE: 'bench-music',
      LOG_LEVEL: 'error',
      MUSICBRAINZ_URL: `${provider.url}/ws/2`,
      MUSICBRAINZ_INTERVAL_MS: '20',
    },
  });
  try {
    const { releaseGroupId } = provider.catalogue.album('Album 1');
    const create = creating(service.url, await localToken('member', 'bench'), releaseGroupId);
    for (let index = 0; index < warmUp; index++) await create();
    const alive: number[] = [];
    const dead: number[] = [];
    while (dead.length < albums) {
      provider.heal();
      for (let index = 0; index < perTurn; index++) alive.push(await create());
      provider.fail({ kind: 'reset' });
      for (let index = 0; index < perTurn; index++) dead.push(await create());
    }
    return { rounds: dead.length, alive: timesOf(alive), dead: timesOf(dead) };
  } finally {
    await service.kill();
    await provider.stop();
  }
}

const warmUp = 50;
const perTurn = 50;

function creating(url: string, token: string, musicbrainzReleaseGroupId: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'Measured', musicbrainzReleaseGroupId });
  return async (): Promise<number> => {
    const askedAt = performance.now();
    const answer = await fetch(`${url}/albums`, { method: 'POST', headers, body });
    await answer.text();
    if (answer.status !== 201) throw new Error(`POST /albums was answered with ${answer.status}`);
    return performance.now() - askedAt;
  };
}

const timesOf = (tookMs: readonly number[]): Times => ({
  p50Ms: quantile(tookMs, 0.5),
  p99Ms: quantile(tookMs, 0.99),
});

export const albumSection = ({ rounds, alive, dead }: CreationTimes): string => `## Creating an album

| provider | albums | p50 ms | p99 ms |
| --- | ---: | ---: | ---: |
| answers | ${rounds} | ${alive.p50Ms.toFixed(1)} | ${alive.p99Ms.toFixed(1)} |
| is dead | ${rounds} | ${dead.p50Ms.toFixed(1)} | ${dead.p99Ms.toFixed(1)} |

\`POST /albums\` over HTTP, one after the other, in turns of ${perTurn}, until the answer: the album is written and its import commanded. With a dead provider p99 is **${(dead.p99Ms / alive.p99Ms).toFixed(2)} times** that with one that answers.
`;
