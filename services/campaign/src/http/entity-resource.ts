import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import type { EntityKind } from '../domain/template.ts';
import type { EntityRow } from '../store/entities.ts';

/** What one kind of entity looks like from outside. */
export type EntityResource = {
  readonly kind: EntityKind;
  /** One of them, for messages. */
  readonly singular: string;
  /** Fields that callers may set, without defaults: a PATCH must not bring any. */
  readonly fields: z.ZodObject;
  /** Values of fields that a POST or PUT leaves out; what has none here must be given. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Fields that name other entities of the campaign. */
  readonly pointers: readonly { readonly field: string; readonly to: EntityKind }[];
  /** Sort keys of the list, as the collection's index has them. */
  readonly sortedBy: readonly string[];
  /** Fields that the list can be narrowed by. */
  readonly filters: readonly string[];
};

export const text = (max: number) => z.string().max(max);
export const nameField = z.string().trim().min(1).max(200);
export const pointer = z.uuid().nullable();

/** What POST and PUT take: everything without a default must be there. */
export function fullBody({ fields, defaults }: EntityResource): z.ZodType<Record<string, unknown>> {
  const optional = Object.fromEntries(Object.keys(defaults).map((name) => [name, true]));
  return fields.partial(optional as never).transform((given) => ({ ...defaults, ...given }));
}

/** What PATCH takes: any of the fields, and nothing is filled in. */
export const partialBody = ({ fields }: EntityResource): z.ZodType<Record<string, unknown>> => fields.partial();

const schemas = new WeakMap<EntityResource, ReturnType<typeof makeSchema>>();

/** One schema per resource, however many routes answer with it: the documentation names it once. */
export function resourceSchema(resource: EntityResource): ReturnType<typeof makeSchema> {
  const schema = schemas.get(resource) ?? makeSchema(resource);
  schemas.set(resource, schema);
  return schema;
}

const makeSchema = ({ fields, singular, kind }: EntityResource) =>
  fields
    .extend({
      id: z.uuid(),
      campaignId: z.uuid(),
      imageUrl: z.string().nullable(),
      sourceId: z.string().nullable().meta({ description: 'The row of the template that it was copied from.' }),
      revision: z.int(),
      createdAt: z.iso.datetime(),
      updatedAt: z.iso.datetime(),
    })
    .meta({ id: kind.charAt(0).toUpperCase() + singular.slice(1), description: `The ${singular}.` });

/** A campaign that was made in advance looks fresh to whom it was given: nothing in it is older than that. */
export function toEntityResource(
  { fields }: EntityResource,
  row: EntityRow,
  { activatedAt }: Pick<Campaign, 'activatedAt'>,
) {
  const notBefore = (at: Date) => (activatedAt && activatedAt > at ? activatedAt : at).toISOString();
  return {
    id: row._id,
    campaignId: row.campaignId,
    ...Object.fromEntries(Object.keys(fields.shape).map((name) => [name, row[name] ?? null])),
    imageUrl: row.imageUrl,
    sourceId: row.sourceId,
    revision: row.revision,
    createdAt: notBefore(row.createdAt),
    updatedAt: notBefore(row.updatedAt),
  };
}
