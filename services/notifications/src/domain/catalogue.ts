import type { EventContract } from '@millrace/contracts';
import { campaignSeeded, campaignSeedingFailed } from '@millrace/contracts/campaign';
import type { z } from 'zod';
import type { Template } from './template.ts';
import { campaignSeededText } from './templates/campaign-seeded.ts';
import { campaignSeedingFailedText } from './templates/campaign-seeding-failed.ts';

/** What people can choose by; an event belongs to one. */
export const categories = ['campaign'] as const;
export type Category = (typeof categories)[number];

/** Who is told of an event, and how. */
export type NoticeRule<Data = unknown> = {
  readonly category: Category;
  /** Users by their `sub`; null and repetitions are left out. */
  recipients(data: Data): readonly (string | null)[];
  readonly template: Template<Data>;
};

/** Every event that people hear of. A new one takes a row here, its template, and a file in `events/`. */
export const catalogue: ReadonlyMap<string, NoticeRule> = new Map([
  row(campaignSeeded, {
    category: 'campaign',
    recipients: ({ requestedBy }) => [requestedBy],
    template: campaignSeededText,
  }),
  row(campaignSeedingFailed, {
    category: 'campaign',
    recipients: ({ requestedBy }) => [requestedBy],
    template: campaignSeedingFailedText,
  }),
]);

function row<Type extends string, Data extends z.ZodType>(
  contract: EventContract<Type, Data>,
  rule: NoticeRule<z.output<Data>>,
): [string, NoticeRule] {
  return [contract.type, rule as NoticeRule];
}
