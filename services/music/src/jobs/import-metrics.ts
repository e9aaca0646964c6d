import { metrics } from '@opentelemetry/api';
import type { ImportResult } from '../domain/album-import.ts';

const meter = metrics.getMeter('millrace.music');
const imports = meter.createCounter('album_imports', { description: 'Imports of albums, by how they ended.' });
const durations = meter.createHistogram('album_import_duration_seconds', {
  description: 'From the begin of an import to its end, waits for the provider included.',
  unit: 's',
});
const releases = meter.createCounter('album_releases', {
  description: 'Releases met by imports, by what became of them.',
});

/** Counts an import by its end. @param startedAt when it began, for those that came to their end. */
export function countImport(end: string, occasion: string, startedAt?: Date): void {
  imports.add(1, { end, occasion });
  if (startedAt) durations.record((Date.now() - startedAt.getTime()) / 1_000, { end });
}

export function countReleases({ failed, ...counts }: ImportResult): void {
  for (const [change, count] of Object.entries({ ...counts, failed: failed.length }))
    if (count > 0) releases.add(count, { change });
}
