import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';

type CallRow = { readonly _id: string; readonly calls: number; readonly failures: number; readonly retries: number };
export type ProviderCalls = Readonly<Record<string, Omit<CallRow, '_id'>>>;

/** How often the image provider was called, over all replicas and restarts. */
export function providerCallsIn(database: Connection) {
  const model = modelOf<CallRow>(database, 'provider_calls');
  return {
    async count({
      operation,
      isGood,
      isRetry,
    }: {
      operation: string;
      isGood: boolean;
      isRetry: boolean;
    }): Promise<void> {
      const $inc = { calls: 1, failures: isGood ? 0 : 1, retries: isRetry ? 1 : 0 };
      await model.updateOne({ _id: operation }, { $inc }, { upsert: true });
    },

    async read(): Promise<ProviderCalls> {
      const rows = await model.find().sort({ _id: 1 }).lean<CallRow[]>().exec();
      return Object.fromEntries(rows.map(({ _id, ...counts }) => [_id, counts]));
    },
  };
}
