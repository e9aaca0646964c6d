import type { OpenApiDocument, Schema } from './openapi-document.ts';

/** The smallest value that a schema lets through, as far as the schema tells. */
export function sampleOf(document: OpenApiDocument, schema: Schema): unknown {
  const { $ref, enum: allowed, example, anyOf, oneOf } = schema;
  if ($ref) return sampleOf(document, resolved(document, schema));
  if (example !== undefined) return example;
  if ('const' in schema) return schema.const;
  if (allowed) return allowed[0];
  const [first] = anyOf ?? oneOf ?? [];
  return first ? sampleOf(document, first) : plainSample(document, schema);
}

function plainSample(document: OpenApiDocument, schema: Schema): unknown {
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(document, schema.properties?.[name] ?? {})]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(document, schema.items ?? {}));
    case 'string':
      return schema.format ? formatted[schema.format] : 'x'.repeat(Math.max(1, schema.minLength ?? 0));
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return true;
    default:
      return {};
  }
}

const formatted: Readonly<Record<string, string>> = {
  uuid: '019aab4c-3f0e-7d31-9a44-6a2b8f1c0d11',
  'date-time': '2030-01-01T00:00:00Z',
  uri: 'http://127.0.0.1/',
};

const strangers: readonly unknown[] = ['a word', -7.5, true, null, ['a word', 7], { 'a name': { 'a name': 7 } }];

/** Values that a schema refuses by their type alone; none where it lets every type through. */
export function wrongTypes(document: OpenApiDocument, schema: Schema): unknown[] {
  const types = typesOf(document, schema);
  if (types.has('any')) return [];
  return strangers.filter(
    (value) => !types.has(typeOf(value)) && !(typeOf(value) === 'number' && types.has('integer')),
  );
}

function typesOf(document: OpenApiDocument, schema: Schema): Set<string> {
  if (schema.$ref) return typesOf(document, resolved(document, schema));
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return new Set(either.flatMap((each) => [...typesOf(document, each)]));
  if (schema.enum) return new Set(schema.enum.map(typeOf));
  if ('const' in schema) return new Set([typeOf(schema.const)]);
  return new Set([schema.type ?? 'any']);
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** The objects that a schema lets through: itself, or what it is one of. */
export function objectsIn(document: OpenApiDocument, schema: Schema): Schema[] {
  if (schema.$ref) return objectsIn(document, resolved(document, schema));
  if (schema.properties) return [schema];
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap((each) => objectsIn(document, each));
}

function resolved(document: OpenApiDocument, { $ref = '' }: Schema): Schema {
  const found = document.components.schemas[$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`the document refers to ${$ref} and does not have it`);
  return found;
}
