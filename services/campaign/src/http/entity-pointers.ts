import { type InputError, invalidInput } from '@millrace/service';
import type { Campaign } from '../domain/campaign.ts';
import { closesCycle } from '../domain/prerequisite-graph.ts';
import type { EntityLists } from '../store/entity-lists.ts';
import type { EntityResource } from './entity-resource.ts';

/** Checks that fields which name other entities name some of this campaign, and that no schtick becomes its own prerequisite. @throws Problem 422. */
export async function checkPointers(
  lists: EntityLists,
  { kind, pointers }: EntityResource,
  { campaign, id, fields }: { campaign: Campaign; id: string; fields: Readonly<Record<string, unknown>> },
): Promise<void> {
  const errors: InputError[] = [];
  for (const { field, to } of pointers) {
    const ids = [fields[field]].flat().filter((value): value is string => typeof value === 'string');
    const missing = await lists.missing(to, campaign, ids);
    if (missing.length > 0)
      errors.push({
        path: `body.${field}`,
        message: `names no ${to} of this campaign: ${missing.slice(0, 5).join(', ')}`,
      });
  }
  const { prerequisiteId } = fields;
  if (kind === 'schticks' && typeof prerequisiteId === 'string' && errors.length === 0) {
    const parents = await lists.prerequisites(campaign);
    if (closesCycle(parents, id, prerequisiteId))
      errors.push({ path: 'body.prerequisiteId', message: 'would make the schtick its own prerequisite' });
  }
  if (errors.length > 0) throw invalidInput(errors);
}
