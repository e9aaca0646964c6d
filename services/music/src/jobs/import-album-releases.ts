import {
  abandonAlbumImport,
  albumImportFailed,
  albumReleasesImported,
  importAlbumReleases,
} from '@millrace/contracts/music';
import {
  type Aftermath,
  type CommandDraft,
  defineJob,
  done,
  type End,
  exponential,
  type Failure,
  fail,
  type Outcome,
  on,
  type Run,
  snooze,
} from '@millrace/jobs';
import type { z } from 'zod';
import { ProviderRefused, ProviderUnavailable } from '../clients/provider-errors.ts';
import type { Album } from '../domain/album.ts';
import type { ImportResult } from '../domain/album-import.ts';
import { countImport, countReleases } from './import-metrics.ts';
import { type ImportDeps, type Imported, type Place, runImport } from './run-import.ts';

type Payload = z.output<typeof importAlbumReleases.payload>;
type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;
type Deps = ImportDeps & {
  readonly log: Log;
  /** What follows an import that went well, e.g. the search at another provider. */
  followUps?(album: Album, result: ImportResult): readonly CommandDraft[];
};

/** So long an outage of the provider costs no attempts; after that its failures count as any others. */
const outageMs = 24 * 3_600_000;
const outagePause = { leastMs: 1_000, mostMs: 300_000 };

/** Brings the releases of one album to what the provider has. One at a time per album, and one that waits behind it: an import that has begun may not see what was asked for since. */
export const importAlbumReleasesJob = (deps: Deps) =>
  defineJob(importAlbumReleases, {
    unique: { key: ({ albumId }) => albumId, onConflict: 'keep-latest-after-current' },
    retry: [on(Error, exponential({ baseMs: 1_000, factor: 3 }))],

    async run(run) {
      const { jobId, attempt, payload } = run;
      try {
        return await importOf(deps, run);
      } catch (error) {
        if (error instanceof ProviderUnavailable && Date.now() - run.createdAt.getTime() < outageMs)
          return waitOut(error, run, deps.log);
        deps.log.error({ jobId, albumId: payload.albumId, attempt, err: error }, 'import of releases failed');
        if (error instanceof ProviderRefused) return fail({ code: error.code, message: error.message });
        throw error;
      }
    },

    onEnd: ({ jobId, rootId, payload }, end) => afterEnd({ ...payload, jobId, importId: rootId }, end),
  });

async function importOf(deps: Deps, run: Run<Payload>): Promise<Outcome> {
  const { store, log } = deps;
  const { payload, rootId, jobId } = run;
  const { albumId } = payload;
  const album = await store.albums.importBegun(albumId, rootId);
  if (!album) return gone(deps, albumId);
  const albumImport = await store.imports.begin({ _id: rootId, jobId, ...payload });
  log.info({ jobId, albumId, occasion: payload.occasion, attempt: run.attempt }, 'import of releases started');
  const end = await runImport(deps, { album, albumImport }, run);
  switch (end.kind) {
    case 'imported':
      return imported(deps, end);
    case 'paused':
    case 'regrouped':
      return snooze(0);
    case 'no-group':
      return needsMatch(deps, album, rootId);
    case 'gone':
      return gone(deps, albumId);
  }
}

async function imported({ store, log, followUps }: Deps, { album, albumImport, result }: Imported): Promise<Outcome> {
  await store.imports.end(albumImport._id, { state: 'completed', result });
  countImport('completed', albumImport.occasion, albumImport.createdAt);
  countReleases(result);
  const { failed, created, updated, removed } = result;
  const { _id: albumId, title, ownerId, releaseCount } = album;
  log.info({ albumId, created, updated, removed, failed: failed.length, releaseCount }, 'import of releases succeeded');
  const { requestedBy, occasion } = albumImport;
  const told = { albumId, title, ownerId, requestedBy, occasion, releaseCount, created, updated, removed };
  return done({
    result: { ...result, failed: failed.slice(0, 100) },
    events: [albumReleasesImported({ ...told, failed: failed.length })],
    jobs: followUps?.(album, result) ?? [],
  });
}

/** A person has to say which release group it is; another attempt would find no more. */
async function needsMatch({ store, log }: Deps, album: Album, importId: string): Promise<Outcome> {
  const { _id: albumId, musicbrainzReleaseGroupId: groupId } = album;
  const failure: Failure = {
    code: 'needs-match',
    message: groupId
      ? `the provider has no release group ${groupId} for the album ${album.title}`
      : `the album ${album.title} names no release group`,
    remedy: 'set musicbrainzReleaseGroupId by PATCH /albums/:id, then POST /albums/:id/import',
  };
  await store.albums.needsMatch(albumId, importId, failure);
  await store.imports.end(importId, { state: 'needs-match', failure });
  countImport('needs-match', 'any');
  log.warn({ albumId, groupId }, 'album needs a match');
  return fail(failure);
}

/** Whatever an earlier run has written of it goes, too. */
async function gone({ store, log }: Deps, albumId: string): Promise<Outcome> {
  await store.releases.removeAll(albumId);
  await store.imports.removeAll(albumId);
  log.error({ albumId }, 'album to import does not exist');
  return fail({
    code: 'album-missing',
    message: `album ${albumId} does not exist`,
    remedy: 'nothing is to be done if it was deleted; else create it again',
  });
}

/** The provider is away or busy: the job waits without a worker, longer each time, and spends no attempt. */
async function waitOut(error: ProviderUnavailable, run: Run<Payload>, log: Log): Promise<Outcome> {
  const place = run.cursor as Place | undefined;
  const waits = place?.waits ?? 0;
  await run.checkpoint({ ...(place ?? { groupId: '', offset: 0, pass: 1 }), waits: waits + 1 } satisfies Place);
  const ceilingMs = Math.min(outagePause.mostMs, outagePause.leastMs * 2 ** Math.min(waits, 10));
  const delayMs = Math.max(error.retryAfterMs ?? 0, ceilingMs * (0.5 + Math.random() / 2));
  log.warn({ jobId: run.jobId, delayMs, err: error }, 'provider is not available, the import waits');
  return snooze(Math.round(delayMs));
}

type Ended = Payload & { readonly jobId: string; readonly importId: string };

/** Whoever ends the job, also when no handler is alive: the album shows it, and the person is told. */
function afterEnd({ albumId, requestedBy, occasion, jobId, importId }: Ended, end: End): Aftermath {
  if (end.state === 'completed') return {};
  const reason = end.state === 'failed' ? end.failure : { code: `import-${end.state}`, message: end.why };
  const state = end.state === 'failed' ? 'failed' : 'cancelled';
  const abandon = { name: abandonAlbumImport.name, payload: { albumId, importId, jobId, state, reason } };
  if (end.state !== 'failed') return { jobs: [abandon] };
  return { jobs: [abandon], events: [albumImportFailed({ albumId, requestedBy, occasion, error: reason })] };
}
