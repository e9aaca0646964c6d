import { objectsIn, sampleOf, wrongTypes } from './made-up-values.ts';
import { type Asked, type OpenApiDocument, type Role, rolesOf, type Schema } from './openapi-document.ts';

/** A request that a service must refuse, or at least survive. */
export type HostileRequest = {
  readonly what: string;
  readonly asked: Asked;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Whose token is sent; none, or one that nobody signed. */
  readonly as: Role | 'nobody' | 'stranger';
  /** The one right status; without it, any that is documented and below 500. */
  readonly status?: number;
};

type Draft = Partial<Omit<HostileRequest, 'asked'>> & Pick<HostileRequest, 'what'>;

/** Ids that exist, by the path before them: `/campaigns/`. Requests with them get past the door. */
export type KnownIds = Readonly<Record<string, string>>;

const unknownId = '019aab4c-3f0e-7d31-9a44-6a2b8f1c0d11';

/** Everything hostile that can be made up from what the document says of one operation. */
export function hostileRequests(document: OpenApiDocument, asked: Asked, known: KnownIds): HostileRequest[] {
  const roles = rolesOf(asked.operation);
  const base = {
    asked,
    path: fill(asked.path, known),
    as: roles.at(-1) ?? ('admin' as const),
    ...validBody(document, asked),
  };
  const drafts = [
    ...wrongPeople(roles),
    ...wrongIds(asked, known),
    ...wrongQueries(base.path, asked),
    ...wrongBodies(document, asked),
    ...wrongHeaders(asked),
  ];
  return drafts.map((draft) => ({ ...base, ...draft }));
}

/** `/campaigns/{id}/seed` with ids that exist where one is known. */
export function fill(path: string, known: KnownIds, otherwise = unknownId): string {
  return path.replace(/\{\w+\}/g, (_, at: number) => {
    const before = path.slice(0, at).replace(/\{\w+\}/g, '*');
    return known[before] ?? otherwise;
  });
}

const json = { 'content-type': 'application/json' };

export function validBody(document: OpenApiDocument, { operation }: Asked): Pick<HostileRequest, 'headers' | 'body'> {
  const schema = jsonSchemaOf(operation);
  if (schema) return { headers: json, body: JSON.stringify(sampleOf(document, schema)) };
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  if (type === 'multipart/form-data') return noPictures;
  return type ? { headers: { 'content-type': type }, body: 'no picture' } : { headers: {} };
}

const noPictures = {
  headers: { 'content-type': 'multipart/form-data; boundary=between' },
  body: [
    '--between',
    'content-disposition: form-data; name="files"; filename="one.png"',
    '',
    'no picture',
    '--between--',
    '',
  ].join('\r\n'),
};

const jsonSchemaOf = ({ requestBody }: Asked['operation']): Schema | undefined =>
  requestBody?.content['application/json']?.schema;

function wrongPeople(admitted: readonly Role[]): Draft[] {
  const others = (['member', 'viewer', 'operator', 'admin'] as const).filter((role) => !admitted.includes(role));
  return [
    { what: 'no token', as: 'nobody', status: 401 },
    { what: 'a token that nobody signed', as: 'stranger', status: 401 },
    ...others.map((role): Draft => ({ what: `the role ${role}`, as: role, status: 403 })),
  ];
}

const malformedIds = [
  '42',
  '%00',
  '..%2f..%2fetc',
  '%ff',
  '%7B%22$ne%22:1%7D',
  'x'.repeat(3_000),
  'null',
  '-1',
  '%F0%9F%92%A3',
];

function wrongIds({ path, operation, method }: Asked, known: KnownIds): Draft[] {
  if (!path.includes('{')) return [];
  const isPicture = operation.requestBody !== undefined && !jsonSchemaOf(operation);
  const unknown = { what: 'an unknown id', path: fill(path, {}), ...(!isPicture && { status: 404 }) };
  // Whoever deletes what is there has done nothing wrong.
  const harmless = method === 'DELETE' ? {} : known;
  return [
    unknown,
    ...malformedIds.map(
      (id): Draft => ({ what: `the id ${id.slice(0, 20)}`, path: fillLast(path, harmless, id), status: 404 }),
    ),
  ];
}

function fillLast(path: string, known: KnownIds, id: string): string {
  const at = path.lastIndexOf('{');
  return fill(path.slice(0, at), known) + id + path.slice(path.indexOf('}', at) + 1);
}

const hostileValues = [
  '',
  '%00',
  '$ne',
  '-1',
  '1e9',
  'x'.repeat(3_000),
  '%ED%A0%80',
  '__proto__',
  "'%22;--",
  '9'.repeat(30),
];

function wrongQueries(path: string, { operation }: Asked): Draft[] {
  const names = (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
  const each = names.flatMap((name) =>
    hostileValues.map((value): Draft => ({ what: `${name}=${value.slice(0, 20)}`, path: `${path}?${name}=${value}` })),
  );
  const limits = ['0', '-1', '1001', 'ten', '1.5', '1&limit=2'].map(
    (limit): Draft => ({ what: `limit=${limit}`, path: `${path}?limit=${limit}`, status: 422 }),
  );
  const cursors = ['abc', 'eyJ9', '%00'].map(
    (cursor): Draft => ({ what: `cursor=${cursor}`, path: `${path}?cursor=${cursor}`, status: 422 }),
  );
  return [
    { what: 'an unknown parameter', path: `${path}?nobodys=1`, status: 422 },
    { what: 'an operator as parameter', path: `${path}?state[$ne]=1`, status: 422 },
    ...each,
    ...(names.includes('limit') ? limits : []),
    ...(names.includes('cursor') ? cursors : []),
  ];
}

const tooLarge = Buffer.alloc(12_000_000, 'x');

function wrongBodies(document: OpenApiDocument, { operation }: Asked): Draft[] {
  const schema = jsonSchemaOf(operation);
  if (!operation.requestBody) return [];
  if (!schema) {
    return [
      { what: 'JSON for a picture', headers: json, body: '{}', status: 415 },
      { what: 'a picture that is too large', headers: { 'content-type': 'image/png' }, body: tooLarge, status: 413 },
    ];
  }
  return [
    { what: 'half a body', body: '{"name":', status: 400 },
    { what: 'bytes that are no text', body: Buffer.from([0x22, 0xff, 0x22]), status: 400 },
    { what: 'another media type', headers: { 'content-type': 'text/plain' }, status: 415 },
    { what: 'a body over 1 MiB', body: JSON.stringify({ name: 'x'.repeat(1_100_000) }), status: 413 },
    { what: 'nesting without end', body: '['.repeat(100_000) + ']'.repeat(100_000), status: 422 },
    { what: 'a prototype', body: '{"__proto__":{"role":"admin"}}', status: 422 },
    { what: 'an operator', body: '{"$where":"sleep(1000)"}', status: 422 },
    ...wrongTypes(document, schema).map(
      (value): Draft => ({ what: `the body ${JSON.stringify(value)}`, body: JSON.stringify(value), status: 422 }),
    ),
    ...objectsIn(document, schema).flatMap((object) => wrongFields(document, object)),
  ];
}

const oddTexts = ['\0', '\ud800', 'x'.repeat(500_000)];
const oddNumbers = ['1e400', '-1e400', '9007199254740993', '-0.0000001'];

/** Each field for itself, the others being right. */
function wrongFields(document: OpenApiDocument, object: Schema): Draft[] {
  const sample = sampleOf(document, object) as Record<string, unknown>;
  return Object.entries(object.properties ?? {}).flatMap(([name, field]) => {
    const having = (value: string) => JSON.stringify({ ...sample, [name]: '*' }).replace('"*"', () => value);
    const wrong = wrongTypes(document, field).map((value) => JSON.stringify(value));
    const odd = [...oddTexts.map((text) => JSON.stringify(text)), ...oddNumbers];
    const missing = object.required?.includes(name) && JSON.stringify({ ...sample, [name]: undefined });
    return [
      ...wrong.map((value): Draft => ({ what: `${name}: ${value}`, body: having(value), status: 422 })),
      ...odd.map((value): Draft => ({ what: `${name}: ${value.slice(0, 20)}`, body: having(value) })),
      ...(missing ? [{ what: `no ${name}`, body: missing, status: 422 }] : []),
    ];
  });
}

function wrongHeaders({ method, operation }: Asked): Draft[] {
  const takesKey = operation.parameters?.some(({ name }) => name === 'Idempotency-Key');
  const keys = ['', ' ', 'x'.repeat(256)];
  const type = operation.requestBody ? json : {};
  return [
    ...(takesKey
      ? keys.map(
          (key): Draft => ({ what: `the key "${key.slice(0, 5)}"`, headers: { ...type, 'idempotency-key': key } }),
        )
      : []),
    ...(method === 'GET' ? [] : [{ what: 'a revision that is none', headers: { ...type, 'if-match': 'x' } }]),
  ];
}
