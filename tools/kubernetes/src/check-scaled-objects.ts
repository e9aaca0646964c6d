import { readFile } from 'node:fs/promises';
import { kedaDefinitions } from '@millrace/stack';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import type { Resource } from './rendered.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema, walked as such.
type Schema = any;
type Version = { name: string; schema: { openAPIV3Schema: Schema } };

/** What KEDA's own definition would refuse; without Go, which fetches the definition, nothing is judged and that is said aloud. */
export async function checkScaledObjects(
  resources: readonly Resource[],
  report: (line: string) => void,
): Promise<string[]> {
  const own = resources.filter(({ kind }) => kind === 'ScaledObject');
  if (own.length === 0) return [];
  const folder = await kedaDefinitions();
  if (!folder) {
    report(`${own.length} ScaledObjects are not judged: KEDA's definition comes with Go, which is not on PATH`);
    return [];
  }
  const definition = parse(await readFile(`${folder}/keda.sh_scaledobjects.yaml`, 'utf8'));
  const versions: Version[] = definition.spec.versions;
  const validators = new Map(versions.map(({ name, schema }) => [`keda.sh/${name}`, validatorOf(schema)]));
  return own.flatMap((one) => {
    const validate = validators.get(one.apiVersion);
    if (!validate) return [`ScaledObject ${one.metadata.name}: KEDA has no ${one.apiVersion}`];
    validate(one);
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const field = params['additionalProperty'] ? ` (${params['additionalProperty']})` : '';
      return `ScaledObject ${one.metadata.name}: ${instancePath} ${message}${field}`;
    });
  });
}

function validatorOf({ openAPIV3Schema }: Version['schema']): ValidateFunction {
  // Formats are those of OpenAPI, which say nothing that the types do not.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return ajv.compile(closed(openAPIV3Schema));
}

/** As the API server reads it under strict validation: a field that no property names is a mistake. */
function closed(schema: Schema): Schema {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const isOpen = !schema.properties || schema.additionalProperties || schema['x-kubernetes-preserve-unknown-fields'];
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closedBelow(key, value)]));
  return isOpen ? inner : { ...inner, additionalProperties: false };
}

/** Below `properties` stand fields, which may be named like a keyword of the schema. */
const closedBelow = (key: string, value: Schema): Schema =>
  key === 'properties'
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closed(one)]))
    : closed(value);
