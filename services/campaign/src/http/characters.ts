import { z } from 'zod';
import { type EntityResource, nameField, pointer, text } from './entity-resource.ts';

const values = z.record(z.string().max(100), z.union([text(2_000), z.number(), z.boolean(), z.null()]));

export const characters: EntityResource = {
  kind: 'characters',
  singular: 'character',
  fields: z.object({
    name: nameField,
    actionValues: values,
    description: z.record(z.string().max(100), text(20_000)),
    skills: z.record(z.string().max(100), z.number()),
    wealth: text(100).nullable(),
    isTemplate: z.boolean(),
    factionId: pointer,
    junctureId: pointer,
    schtickIds: z.array(z.uuid()).max(1_000),
    isActive: z.boolean(),
  }),
  defaults: {
    actionValues: {},
    description: {},
    skills: {},
    wealth: null,
    isTemplate: false,
    factionId: null,
    junctureId: null,
    schtickIds: [],
    isActive: true,
  },
  pointers: [
    { field: 'factionId', to: 'factions' },
    { field: 'junctureId', to: 'junctures' },
    { field: 'schtickIds', to: 'schticks' },
  ],
  sortedBy: ['name'],
  filters: ['factionId', 'junctureId', 'schtickIds'],
};
