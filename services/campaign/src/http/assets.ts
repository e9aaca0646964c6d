import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { CampaignStore } from '../store/campaign-store.ts';

const calls = z.object({ calls: z.int(), failures: z.int(), retries: z.int() });

const assetReport = z
  .object({
    files: z.int().meta({ description: 'Files that lie at the provider.' }),
    references: z.int().meta({ description: 'Entities and templates that show them.' }),
    bytesStored: z.int(),
    bytesSaved: z.int().meta({ description: 'What would lie there more, had each reference a file of its own.' }),
    unreferenced: z.int().meta({ description: 'Files that wait for their purge.' }),
    purged: z.int(),
    dangling: z.int().meta({ description: 'References to files that are not there; anything but 0 is a fault.' }),
    providerCalls: z.record(z.string(), calls).meta({ description: 'By operation, over all replicas.' }),
  })
  .meta({ description: 'What sharing pictures by URL saves.' });

export const assetRoutes = ({
  assetTotals,
  providerCalls,
}: Pick<CampaignStore, 'assetTotals' | 'providerCalls'>): readonly Route[] => [
  route({
    method: 'get',
    path: '/assets',
    summary: 'Shows how many bytes of pictures are stored and how many are saved by sharing.',
    role: 'any',
    responses: { 200: assetReport },
    handle: async () => ({ ...(await assetTotals.read()), providerCalls: await providerCalls.read() }),
  }),
];
