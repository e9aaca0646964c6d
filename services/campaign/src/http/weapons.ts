import { z } from 'zod';
import { type EntityResource, nameField, text } from './entity-resource.ts';

export const weapons: EntityResource = {
  kind: 'weapons',
  singular: 'weapon',
  fields: z.object({
    name: nameField,
    description: text(20_000),
    category: text(100).nullable(),
    juncture: text(100).nullable(),
    damage: z.int().min(0).max(1_000),
    concealment: z.int().min(0).max(5).nullable(),
    reloadValue: z.int().min(0).max(100).nullable(),
    mookBonus: z.int().min(0).max(1_000),
    kachunk: z.boolean(),
    isActive: z.boolean(),
  }),
  defaults: {
    description: '',
    category: null,
    juncture: null,
    damage: 0,
    concealment: null,
    reloadValue: null,
    mookBonus: 0,
    kachunk: false,
    isActive: true,
  },
  pointers: [],
  sortedBy: ['name'],
  filters: ['category', 'juncture'],
};
