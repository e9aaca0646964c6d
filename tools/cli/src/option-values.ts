import { readFileSync } from 'node:fs';
import type { Json, Query } from './call.ts';
import type { OptionRow } from './command-row.ts';
import { Failure } from './failure.ts';

export type Given = Readonly<Record<string, string | string[] | boolean | undefined>>;

/** The query of a request, from the options that were given. */
export function queryOf(rows: readonly OptionRow[], given: Given): Query {
  return Object.fromEntries(
    rows.flatMap((row): [string, string][] => {
      const value = given[keyOf(row)];
      if (value === undefined) return [];
      if (row.reads === 'pairs') return [value].flat().map((pair) => pairOf(row, String(pair)));
      return [[fieldOf(row), String(read(row, String(value)))]];
    }),
  );
}

/** The body of a request, from the options that were given; absent fields are left out. */
export function bodyOf(rows: readonly OptionRow[], given: Given): { [field: string]: Json } {
  const body: { [field: string]: Json } = {};
  for (const row of rows) {
    const value = given[keyOf(row)];
    if (value === undefined) continue;
    const field = { [fieldOf(row)]: value === true ? true : read(row, String(value)) };
    Object.assign(body, row.within ? { [row.within]: { ...(body[row.within] as object), ...field } } : field);
  }
  return body;
}

/** What commander calls the option: `--run-at <time>` is `runAt`. */
const keyOf = ({ flags }: OptionRow): string =>
  (/--([a-z-]+)/.exec(flags)?.[1] ?? '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The query parameter or body field that an option fills. */
export const fieldOf = (row: OptionRow): string => row.field ?? keyOf(row);

function read(row: OptionRow, text: string): Json {
  switch (row.reads) {
    case 'number':
      return numberOf(row, text);
    case 'json':
      return jsonOf(row, text);
    case 'list':
      return text.split(',').filter(Boolean);
    default:
      return text;
  }
}

function numberOf({ flags }: OptionRow, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new Failure(`${flags}: ${JSON.stringify(text)} is no number`);
  return number;
}

function jsonOf({ flags }: OptionRow, text: string): Json {
  try {
    return JSON.parse(
      text === '-' ? readFileSync(0, 'utf8') : text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text,
    ) as Json;
  } catch (error) {
    throw new Failure(
      `${flags}: ${error instanceof Error ? error.message : error}; give JSON, @file, or - for standard input`,
      { cause: error },
    );
  }
}

function pairOf({ flags }: OptionRow, pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new Failure(`${flags}: ${JSON.stringify(pair)} is no path=value`);
  return [`arg.${pair.slice(0, at)}`, pair.slice(at + 1)];
}
