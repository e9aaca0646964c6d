import { z } from 'zod';
import { type EntityResource, nameField, pointer, text } from './entity-resource.ts';

export const schticks: EntityResource = {
  kind: 'schticks',
  singular: 'schtick',
  fields: z.object({
    name: nameField,
    category: z.string().trim().min(1).max(100),
    path: text(100).nullable(),
    description: text(20_000),
    color: text(30).nullable(),
    bonus: z.boolean(),
    archetypes: z.array(text(100)).max(100).nullable(),
    prerequisiteId: pointer,
    isActive: z.boolean(),
  }),
  defaults: {
    path: null,
    description: '',
    color: null,
    bonus: false,
    archetypes: null,
    prerequisiteId: null,
    isActive: true,
  },
  pointers: [{ field: 'prerequisiteId', to: 'schticks' }],
  sortedBy: ['category', 'name'],
  filters: ['category', 'path', 'prerequisiteId'],
};
