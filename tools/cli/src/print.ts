import type { Json } from './call.ts';

type Fields = { readonly [field: string]: Json };

const WIDEST = 60;

/** A list as a table, one line an item; an empty one says so. */
export function tableOf(items: readonly Fields[], columns: readonly string[]): string {
  if (items.length === 0) return 'none\n';
  const rows = items.map((item) => columns.map((column) => cell(item[column])));
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `${cells.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd();
  return `${[line(columns), ...rows.map(line)].join('\n')}\n`;
}

/** A resource as lines of `field: value`. */
export function linesOf(resource: Fields): string {
  const width = Math.max(0, ...Object.keys(resource).map((name) => name.length));
  const lines = Object.entries(resource).map(([name, value]) => `${name.padEnd(width)}  ${whole(value)}`);
  return lines.map((text) => `${text.trimEnd()}\n`).join('');
}

export const isFields = (json: Json | undefined): json is { [field: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function cell(value: Json | undefined): string {
  const text = whole(value).replaceAll('\n', ' ');
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

function whole(value: Json | undefined): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(',') || '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
