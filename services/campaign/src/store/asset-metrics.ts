import { metrics } from '@opentelemetry/api';
import type { AssetTotals } from './asset-totals.ts';

/** Reading the totals groups all references, so scrapes within this time share one reading. */
const keptForMs = 30_000;

/** Shows bytes of pictures stored and saved as gauges, read when they are scraped. */
export function measureAssets(totals: { read(): Promise<AssetTotals> }): void {
  const meter = metrics.getMeter('millrace.campaign');
  const stored = meter.createObservableGauge('asset_bytes_stored', {
    description: 'Bytes of pictures at the provider.',
  });
  const saved = meter.createObservableGauge('asset_bytes_saved', { description: 'Bytes that sharing pictures saves.' });
  let reading: Promise<AssetTotals> | undefined;
  let readAt = 0;
  meter.addBatchObservableCallback(
    async (observer) => {
      if (Date.now() - readAt > keptForMs) {
        readAt = Date.now();
        reading = totals.read();
      }
      const found = await reading?.catch(() => undefined);
      if (!found) return;
      observer.observe(stored, found.bytesStored);
      observer.observe(saved, found.bytesSaved);
    },
    [stored, saved],
  );
}
