import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalidInput } from './problem.ts';

const limitOr = (otherwise: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1 to 1000')
    .transform(Number)
    .refine((limit) => limit <= 1_000, 'must be a whole number from 1 to 1000')
    .default(otherwise)
    .meta({ description: 'Items on a page, 1 to 1000.', example: `${otherwise}` });

/** What every list takes: `limit` 1 to 1,000, default 50; `cursor` as the page before gave it. Spread it into a query schema. */
export const pageQuery = {
  limit: limitOr(50),
  cursor: z.string().min(1).max(2_000).optional().meta({ description: 'nextCursor of the page before.' }),
};

/** {@link pageQuery} of a list that is short and read whole: all of it, up to 1,000, unless `limit` says less. */
export const wholeListQuery = { ...pageQuery, limit: limitOr(1_000) };

/** The answer of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z
    .object({ items: z.array(item), nextCursor: z.string().nullable() })
    .meta({ description: 'One page; nextCursor is null on the last.' });

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

type Scalar = string | number | boolean | Date;

/** The order of a list: fields with 1 (up) or -1 (down). Each must be set in every row, and the last must tell rows apart. */
export type Order = readonly (readonly [field: string, direction: 1 | -1])[];

/**
 * Pages through a collection by its sort keys, so that rows that come or go in the meantime shift nothing.
 * A cursor carries the last row's keys and a check; it is good for the same list in the same order only.
 * @example
 * const newest = paging('campaigns', [['createdAt', -1], ['_id', -1]]);
 * const rows = await find({ $and: [filter, newest.after(cursor)] }).sort(newest.sort).limit(limit + 1);
 * return newest.page(rows, limit, toResource);
 */
export function paging(list: string, order: Order) {
  const keysOf = (cursor: string | undefined) => (cursor === undefined ? undefined : readCursor(list, order, cursor));
  return {
    sort: Object.fromEntries(order) as Record<string, 1 | -1>,
    /** The sort keys in a cursor; undefined without one. @throws Problem 422 for a cursor that this list did not give. */
    keysOf,
    /** A filter for what comes after the cursor; `{}` without one. @throws as {@link keysOf}. */
    after(cursor: string | undefined): Record<string, unknown> {
      const values = keysOf(cursor);
      return values ? following(order, values) : {};
    },
    /** The cursor behind a row. */
    cursorOf: (row: object): string => writeCursor(list, order, row),
    /** Makes a page of rows that were read with `limit + 1`. */
    page<Row extends object, Item>(rows: readonly Row[], limit: number, toItem: (row: Row) => Item): Page<Item> {
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return { items: shown.map(toItem), nextCursor: last ? writeCursor(list, order, last) : null };
    },
    /** Makes a page of a list that was read whole, in any order. @throws as {@link keysOf}. */
    pageOfAll<Row extends object>(rows: readonly Row[], { limit, cursor }: Wish): Page<Row> {
      const after = keysOf(cursor);
      const left = after ? rows.filter((row) => compare(order, keysIn(order, row), after) > 0) : rows;
      const sorted = left.toSorted((a, b) => compare(order, keysIn(order, a), keysIn(order, b)));
      return this.page(sorted, limit, (row) => row);
    },
  };
}

type Wish = { readonly limit: number; readonly cursor?: string | undefined };

/** Negative when `one` comes before `other`; strings by their code units, as in the database. */
function compare(order: Order, one: readonly Scalar[], other: readonly Scalar[]): number {
  for (const [index, [, direction]] of order.entries()) {
    const [a, b] = [one[index] as Scalar, other[index] as Scalar];
    if (a < b) return -direction;
    if (a > b) return direction;
  }
  return 0;
}

const keysIn = (order: Order, row: object): Scalar[] =>
  order.map(([field]) => (row as Readonly<Record<string, Scalar>>)[field] as Scalar);

/** `a after x`, or `a = x and b after y`, and so on. */
function following(order: Order, values: readonly Scalar[]): Record<string, unknown> {
  return {
    $or: order.map(([field, direction], index) => ({
      ...Object.fromEntries(order.slice(0, index).map(([before], place) => [before, values[place]])),
      [field]: { [direction === 1 ? '$gt' : '$lt']: values[index] },
    })),
  };
}

const keys = z.array(
  z.union([z.string(), z.number(), z.boolean(), z.object({ at: z.number() }).transform(({ at }) => new Date(at))]),
);

function writeCursor(list: string, order: Order, row: object): string {
  const values = keysIn(order, row);
  const text = JSON.stringify(values.map((value) => (value instanceof Date ? { at: value.getTime() } : value)));
  return Buffer.from(check(list, order, text) + text).toString('base64url');
}

function readCursor(list: string, order: Order, cursor: string): Scalar[] {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [sum, body] = [text.slice(0, checkLength), text.slice(checkLength)];
  if (sum !== check(list, order, body)) {
    throw invalidInput([{ path: 'query.cursor', message: 'is not a cursor of this list; begin again without one' }]);
  }
  return keys.parse(JSON.parse(body));
}

const checkLength = 10;

/** Guards against mistakes, not against people: a cursor holds nothing that its reader may not see. */
const check = (list: string, order: Order, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([list, order, text]))
    .digest('base64url')
    .slice(0, checkLength);
