import { metrics } from '@opentelemetry/api';
import type { Albums } from './albums.ts';
import type { ProviderBudget } from './provider-budget.ts';

/** Scrapes within this time share one reading. */
const keptForMs = 5_000;

type Look = {
  readonly statuses: Readonly<Record<string, number>>;
  readonly budgets: readonly (readonly [provider: string, failuresInARow: number, untilFreeSeconds: number])[];
};

/** Shows albums by their import status, and the providers' budgets, as gauges; the same in every replica. */
export function measureAlbums(albums: Pick<Albums, 'countByStatus'>, budgets: readonly ProviderBudget[]): void {
  const meter = metrics.getMeter('millrace.music');
  const byStatus = meter.createObservableGauge('albums', { description: 'Albums by import status.' });
  const failing = meter.createObservableGauge('provider_failures_in_a_row', {
    description: 'Since the last good answer.',
  });
  const untilFree = meter.createObservableGauge('provider_budget_seconds', {
    description: 'Until a provider may be asked again; 0 for now.',
    unit: 's',
  });
  let reading: Promise<Look | undefined> | undefined;
  let readAt = 0;
  meter.addBatchObservableCallback(
    async (observer) => {
      if (Date.now() - readAt > keptForMs) {
        readAt = Date.now();
        reading = look(albums, budgets).catch(() => undefined);
      }
      const found = await reading;
      for (const [status, count] of Object.entries(found?.statuses ?? {}))
        observer.observe(byStatus, count, { status });
      for (const [provider, failures, seconds] of found?.budgets ?? []) {
        observer.observe(failing, failures, { provider });
        observer.observe(untilFree, seconds, { provider });
      }
    },
    [byStatus, failing, untilFree],
  );
}

async function look(albums: Pick<Albums, 'countByStatus'>, budgets: readonly ProviderBudget[]): Promise<Look> {
  const rows = budgets.map(async (budget) => {
    const row = await budget.read();
    const untilFreeMs = Math.max(0, row.freeAt.getTime() - Date.now());
    return [budget.name, row.failuresInARow, untilFreeMs / 1_000] as const;
  });
  return { statuses: await albums.countByStatus(), budgets: await Promise.all(rows) };
}
