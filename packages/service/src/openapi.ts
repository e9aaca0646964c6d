import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { isPassing } from './problem.ts';
import { type ProblemCode, problemTable } from './problem-table.ts';
import { rolesFor } from './role.ts';
import type { Route } from './route.ts';

/** The OpenAPI document of a service, made from the very schemas that check its requests. */
export function describeRoutes({ name, routes }: { name: string; routes: readonly Route[] }): unknown {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: `Millrace ${name}`,
        version: '1',
        description: 'Errors are RFC 9457 problems with a stable code; see docs/http.md.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Claims: sub, role.' },
        },
        schemas: { Problem: problemResource },
      },
      tags: [...new Set(routes.map(({ tag }) => tag))].sort().map((tag) => ({ name: tag })),
      paths: pathsOf(routes),
    },
    { allowEmptySchema: { unknown: true, custom: true } },
  );
}

const problemResource = z
  .object({
    type: z.string().meta({ example: 'urn:millrace:problem:not-found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable; for programs.' }),
    instance: z.string(),
    traceId: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with the input.' }),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 says it.' });

function pathsOf(routes: readonly Route[]): Record<string, Record<string, ZodOpenApiOperationObject>> {
  const byPath = Map.groupBy(routes, ({ path }) => path.replace(/:(\w+)/g, '{$1}'));
  return Object.fromEntries(
    [...byPath].map(([path, there]) => [
      path,
      Object.fromEntries(there.map((route) => [route.method, operationOf(route)])),
    ]),
  );
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const body = contentOf(route);
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    ...(route.role === 'public'
      ? { security: [] }
      : { security: [{ bearer: [] }, ...(route.signedLink ? [{}] : [])], description: admittedBy(route) }),
    requestParams: {
      ...(isObject(route.params) && { path: route.params }),
      ...(isObject(route.query) && { query: route.query }),
      ...(route.idempotent && { header: idempotencyHeader }),
    },
    ...(body && { requestBody: { required: !route.body?.safeParse(undefined).success, content: body } }),
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

const admittedBy = ({ role, signedLink }: Route): string =>
  `For ${rolesFor(role)}${signedLink ? '; or for whoever has a signed link' : ''}.`;

const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .meta({ description: 'Repeated with the same body, the same answer; kept for 24 hours.', example: 'order-17' }),
});

const isObject = (schema: z.ZodType | undefined): schema is z.ZodObject => schema instanceof z.ZodObject;

/** `getCampaignsIdImage` of GET /campaigns/:id/image. */
const operationId = ({ method, path }: Route): string =>
  method +
  path
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

type Content = NonNullable<ZodOpenApiOperationObject['requestBody']>['content'];

function contentOf({ body, rawBody, files }: Route): Content | undefined {
  if (files) return { 'multipart/form-data': { schema: filesForm } };
  if (rawBody)
    return Object.fromEntries(
      rawBody.types.map((type) => [type, { schema: { type: 'string', format: 'binary' } as const }]),
    );
  return body && { 'application/json': { schema: body } };
}

const filesForm = {
  type: 'object',
  additionalProperties: { type: 'string', format: 'binary' },
  description: 'One or several files, by any names.',
} as const;

const answersOf = ({ responses }: Route): ZodOpenApiResponsesObject =>
  Object.fromEntries(
    Object.entries(responses).map(([status, { description, body, mediaType }]) => [
      status,
      {
        description,
        ...((body ?? mediaType) && { content: { [mediaType ?? 'application/json']: body ? { schema: body } : {} } }),
      },
    ]),
  );

/** One answer per status; codes that share it are examples beside each other. What many routes answer stands once, by name. */
function problemsOf(route: Route): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(
    new Set([...usualProblems(route), ...route.problems]),
    (code) => problemTable[code].status,
  );
  return Object.fromEntries([...byStatus].map(([status, codes]) => [String(status), problemAnswer(codes)]));
}

function usualProblems({ role, params, rawBody, method, idempotent }: Route): ProblemCode[] {
  const takesBody = rawBody !== undefined || method === 'post' || method === 'put' || method === 'patch';
  return [
    ...(role === 'public' ? [] : (['unauthenticated', 'forbidden', 'rate-limited'] as const)),
    ...(params ? (['not-found'] as const) : []),
    ...(takesBody ? (['malformed-json', 'body-too-large', 'unsupported-media-type'] as const) : []),
    'validation-failed',
    ...(idempotent ? (['idempotency-key-in-progress', 'idempotency-key-reused'] as const) : []),
    'dependency-unavailable',
  ];
}

/** The document's maker tells shared answers by identity: the same codes must give the very same object. */
const problemAnswers = new Map<string, ReturnType<typeof makeProblemAnswer>>();

function problemAnswer(codes: readonly ProblemCode[]): ReturnType<typeof makeProblemAnswer> {
  const id = codes.map(pascalCase).join('Or');
  const answer = problemAnswers.get(id) ?? makeProblemAnswer(id, codes);
  problemAnswers.set(id, answer);
  return answer;
}

const retryAfter = {
  'Retry-After': { description: 'Seconds until another try makes sense.', schema: { type: 'integer' } as const },
};

const makeProblemAnswer = (id: string, codes: readonly ProblemCode[]) => ({
  id,
  description: codes.map((code) => problemTable[code].title).join(' · '),
  ...(codes.some((code) => isPassing(problemTable[code].status)) && { headers: retryAfter }),
  content: {
    'application/problem+json': {
      schema: problemResource,
      examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
    },
  },
});

/** `JobNotFound` of `job-not-found`. */
const pascalCase = (code: string): string =>
  code
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const exampleOf = (code: ProblemCode) => ({
  type: `urn:millrace:problem:${code}`,
  title: problemTable[code].title,
  status: problemTable[code].status,
  detail: problemTable[code].detail.replace(/\{(\w+)\}/g, '…'),
  code,
  instance: '/…',
});
