import { z } from 'zod';
import { type EntityResource, nameField, text } from './entity-resource.ts';

export const factions: EntityResource = {
  kind: 'factions',
  singular: 'faction',
  fields: z.object({ name: nameField, description: text(20_000), isActive: z.boolean() }),
  defaults: { description: '', isActive: true },
  pointers: [],
  sortedBy: ['name'],
  filters: [],
};
