import { z } from 'zod';
import { type EntityResource, nameField, pointer, text } from './entity-resource.ts';

export const junctures: EntityResource = {
  kind: 'junctures',
  singular: 'juncture',
  fields: z.object({ name: nameField, description: text(20_000), factionId: pointer, isActive: z.boolean() }),
  defaults: { description: '', factionId: null, isActive: true },
  pointers: [{ field: 'factionId', to: 'factions' }],
  sortedBy: ['name'],
  filters: ['factionId'],
};
