import { z } from 'zod';

/** The parts of JSON Schema that zod's objects turn into. */
type Schema = {
  type?: string | readonly string[];
  format?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  minimum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  minItems?: number;
  maxItems?: number;
  default?: unknown;
  description?: string;
};

/** One field, its place as a dotted path. */
export type Field = {
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly default: string | undefined;
  readonly description: string;
};

/** JSON Schema of what a sender may send (`input`) or a hearer gets (`output`). */
export const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-7' });
  return rest;
};

/** The fields of an object, those of objects inside right after them. Empty for anything else. */
export const fieldsOf = (schema: z.ZodType, io: 'input' | 'output'): Field[] =>
  walk(jsonSchemaOf(schema, io) as Schema, '');

function walk({ properties = {}, required = [] }: Schema, prefix: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const field = {
      path,
      type: typeOf(schema),
      isRequired: required.includes(name),
      default: schema.default === undefined ? undefined : JSON.stringify(schema.default),
      description: schema.description ?? '',
    };
    return [field, ...walk(schema.items ?? schema, schema.items ? `${path}[].` : `${path}.`)];
  });
}

/** A type in words: `uuid`, `integer ≥ 0`, `"batch" or "single"`, `non-empty string or null`, `list of uuid, 1 to 100`. */
function typeOf(schema: Schema): string {
  const { type, anyOf, items } = schema;
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (Array.isArray(type)) return type.map((one: string) => typeOf({ ...schema, type: one })).join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (type === 'array') return [`list of ${typeOf(items ?? {})}`, ...rangeOf(schema)].join(', ');
  return `${schema.format ?? type ?? 'anything'}`.replace(/^(string|integer|number)$/, (name) => limited(name, schema));
}

function limited(name: string, { minimum, exclusiveMinimum, minLength }: Schema): string {
  if (name === 'string') return minLength ? 'non-empty string' : name;
  if (exclusiveMinimum !== undefined) return `${name} > ${exclusiveMinimum}`;
  return minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `${name} ≥ ${minimum}` : name;
}

const rangeOf = ({ minItems, maxItems }: Schema): string[] =>
  minItems === undefined && maxItems === undefined ? [] : [`${minItems ?? 0} to ${maxItems ?? 'any number'}`];
