/** The parts of an OpenAPI document by which requests are made up. */
export type Schema = {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  default?: unknown;
  minimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
};

type Parameter = { name: string; in: 'path' | 'query' | 'header'; schema: Schema };

type Content = Record<string, { schema?: Schema; examples?: Record<string, unknown> }>;

export type Operation = {
  description?: string;
  security: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { $ref?: string; content?: Content }>;
};

export type OpenApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses?: Record<string, { content?: Content }> };
};

export type Role = 'member' | 'viewer' | 'operator' | 'admin';

/** One thing that can be asked of a service. */
export type Asked = { readonly method: string; readonly path: string; readonly operation: Operation };

export const operationsOf = ({ paths }: OpenApiDocument): Asked[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

/** `For operator or admin.` */
export function rolesOf({ description = '' }: Operation): Role[] {
  const roles: Role[] = ['member', 'viewer', 'operator', 'admin'];
  return roles.filter((role) => new RegExp(`\\b${role}\\b`).test(description));
}

/** Which codes a documented status may carry; undefined when the document does not list the status. */
export function codesOf(document: OpenApiDocument, { operation }: Asked, status: number): string[] | undefined {
  const listed = operation.responses[status];
  const answer = listed?.$ref ? document.components.responses?.[listed.$ref.split('/').at(-1) ?? ''] : listed;
  return answer && Object.keys(answer.content?.['application/problem+json']?.examples ?? {});
}
