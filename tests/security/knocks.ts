import { fill, type KnownIds, validBody } from '../journeys/hostile-requests.ts';
import { type Asked, type OpenApiDocument, operationsOf, type Role } from '../journeys/openapi-document.ts';
import type { Access, AccessRows } from './access-table.ts';

/** One call, and what has to become of it. */
export type Knock = {
  /** `GET /jobs/{id}` */
  readonly route: string;
  readonly who: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Whose token is sent; undefined for what is in the headers already. */
  readonly as?: Role | 'owner';
  /** A status; `in` for any but 401, 403 and its own faults; `in, found` for those of them that are not 404; `nothing of the owner` for an answer that tells no id of theirs. */
  readonly expected: number | 'in' | 'in, found' | 'nothing of the owner';
};

export type Knowing = {
  readonly document: OpenApiDocument;
  readonly rows: AccessRows;
  readonly known: KnownIds;
  readonly strangers: Readonly<Record<string, string | undefined>>;
};

const everybody = ['member', 'viewer', 'operator', 'admin'] as const;

const admittedBy: Readonly<Record<string, readonly Role[]>> = {
  any: everybody,
  member: ['member', 'operator', 'admin'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
};

const seesAll: readonly Role[] = ['viewer', 'operator', 'admin'];

/** What ends a thing, or takes it from its owner, comes after everything else that is done with it. */
const rank = (route: string): number =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(route.split(' ')[0] ?? '') +
  (/\/(cancel|archive|restore|transfer)$/.test(route) ? 10 : 0) +
  (/transfer$/.test(route) ? 10 : 0) +
  (/^DELETE \/(campaigns|albums|projects)\/\{id\}$/.test(route) ? 20 : 0);

/** What hangs on a thing is deleted before the thing. */
const depth = (path: string): number => path.split('/').length;

/** Every call at every route of a service, by what has to become of it. */
export function knocksAt(knowing: Knowing) {
  const doors = operationsOf(knowing.document)
    .map((asked) => doorOf(asked, knowing))
    .sort((a, b) => rank(a.route) - rank(b.route) || depth(b.path) - depth(a.path));
  return {
    strange: doors.flatMap((door) => strangeKnocks(door, knowing.strangers)),
    refused: doors.flatMap(refusedKnocks),
    admitted: doors.flatMap(admittedKnocks),
    others: doors.flatMap(otherKnocks),
    owners: doors.flatMap(ownerKnocks),
  };
}

type Door = Pick<Knock, 'route' | 'method' | 'path' | 'headers' | 'body'> & {
  readonly access: Access;
  /** All ids in the path are of things that are there. */
  readonly isThere: boolean;
};

function doorOf(asked: Asked, { document, rows, known }: Knowing): Door {
  const route = `${asked.method} ${asked.path}`;
  const access = rows[route];
  if (!access) throw new Error(`${route} has no row in access-table.ts`);
  const ids = [...asked.path.matchAll(/\{\w+\}/g)].map(({ index }) =>
    asked.path.slice(0, index).replace(/\{\w+\}/g, '*'),
  );
  return {
    route,
    access,
    method: asked.method,
    path: fill(asked.path, known),
    isThere: ids.every((before) => known[before]),
    ...validBody(document, asked),
  };
}

const strangeKnocks = ({ access, isThere: _, ...door }: Door, strangers: Knowing['strangers']): Knock[] =>
  Object.entries(strangers).map(([who, authorization]) => ({
    ...door,
    who,
    headers: { ...door.headers, ...(authorization !== undefined && { authorization }) },
    expected: access.startsWith('public ') ? Number(access.slice(7)) : 401,
  }));

const rolesIn = (access: Access): readonly Role[] => admittedBy[access.split(',')[0] ?? ''] ?? [];

const refusedKnocks = ({ access, isThere: _, ...door }: Door): Knock[] =>
  access.startsWith('public ')
    ? []
    : everybody
        .filter((role) => !rolesIn(access).includes(role))
        .map((role) => ({ ...door, who: role, as: role, expected: 403 }));

/** With a parameter that nobody knows: it is refused behind the door, where nothing has been done yet. */
const admittedKnocks = ({ access, isThere: _, ...door }: Door): Knock[] =>
  rolesIn(access).map((role) => ({ ...door, path: `${door.path}?nobodys=1`, who: role, as: role, expected: 'in' }));

/** Members who own nothing, and those who see all. */
function otherKnocks({ access, isThere, ...door }: Door): Knock[] {
  const isTheirs = access.endsWith('theirs');
  const isRead = door.method === 'GET';
  const readers = isTheirs && isRead && isThere ? rolesIn(access).filter((role) => seesAll.includes(role)) : [];
  const alone: readonly Role[] = access.endsWith('only theirs') ? ['operator', 'admin'] : [];
  return [
    ...(isTheirs ? [{ ...door, who: 'another member', as: 'member', expected: 404 } as const] : []),
    ...(access === 'any' && isRead
      ? [{ ...door, who: 'another member', as: 'member', expected: 'nothing of the owner' } as const]
      : []),
    ...readers.map((role) => ({ ...door, who: `${role}, reading`, as: role, expected: 'in, found' }) as const),
    ...alone.map((role) => ({ ...door, who: `${role}, no owner`, as: role, expected: 404 }) as const),
  ];
}

const ownerKnocks = ({ access, isThere, ...door }: Door): Knock[] =>
  access.endsWith('theirs') && isThere ? [{ ...door, who: 'the owner', as: 'owner', expected: 'in, found' }] : [];
