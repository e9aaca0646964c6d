import { meshModes } from '@millrace/contracts/mesh';
import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import { type ParameterRow, parameterTable } from '../domain/parameter-table.ts';
import { presets } from '../domain/presets.ts';
import { lookAt, makingWish } from './mesh-wish.ts';

const presetResource = z
  .object({ id: z.string(), name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()) })
  .meta({ id: 'Preset', description: 'Parameters by name.' });

const parameterResource = z
  .object({
    name: z.string(),
    type: z.enum(['number', 'integer', 'boolean', 'choice', 'choices']),
    min: z.number().optional(),
    max: z.number().optional(),
    of: z.array(z.string()).optional(),
    default: z.unknown().optional(),
    modes: z.array(z.enum(meshModes)),
    about: z.string(),
  })
  .meta({ id: 'MeshParameter', description: 'Something that can be said of a mesh.' });

const remarks = z.array(z.object({ parameter: z.string(), message: z.string() }));

export const presetRoutes = (): readonly Route[] => [
  route({
    method: 'get',
    path: '/presets',
    summary: 'Lists the presets, and every parameter with its range, default and modes.',
    role: 'any',
    responses: { 200: z.object({ items: z.array(presetResource), parameters: z.array(parameterResource) }) },
    handle: async () => ({ items: presets, parameters: Object.entries(parameterTable).map(parameterOf) }),
  }),
  route({
    method: 'post',
    path: '/meshes/validate',
    summary: 'Says what would become of parameters, without making anything.',
    role: 'any',
    idempotent: false,
    body: z.strictObject(makingWish),
    responses: {
      200: z.object({
        valid: z.boolean(),
        errors: z.array(z.object({ path: z.string(), message: z.string() })),
        warnings: remarks,
        parameters: z
          .record(z.string(), z.unknown())
          .meta({ description: 'As they would be used, with those of the preset.' }),
      }),
    },
    async handle({ body }) {
      const { making, errors } = lookAt(body);
      return { valid: errors.length === 0, errors, warnings: making.warnings, parameters: making.parameters };
    },
  }),
];

const parameterOf = ([name, row]: [string, ParameterRow]) => ({ name, ...row });
