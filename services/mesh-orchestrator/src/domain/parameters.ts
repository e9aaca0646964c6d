import {
  type MeshMode,
  type ParameterName,
  type ParameterRow,
  type Parameters,
  parameterTable,
} from './parameter-table.ts';

/** What is wrong with one parameter, or odd about it. */
export type Remark = { readonly parameter: string; readonly message: string };

export type Checked = {
  readonly parameters: Parameters;
  /** With these the mesh is refused. */
  readonly errors: readonly Remark[];
  /** With these it is made, not quite as asked. */
  readonly warnings: readonly Remark[];
};

/** A sprite whose outline errs by more than this of the diagonal is no outline any more. */
const spriteDetailMax = 0.05;

/**
 * Checks parameters as people send them: by their names here or by those of the engine's users (`detail_factor`).
 * What is given wins over what the preset says. All that is wrong is told at once, by the name that was sent.
 */
export function checkParameters(
  given: Readonly<Record<string, unknown>>,
  mode: MeshMode,
  preset: Parameters = {},
): Checked {
  const entries = Object.entries(given).map(([sent, value]) => ({ sent, name: camel(sent), value }));
  const sound = entries.filter((entry) => errorsOf(entry).length === 0);
  const errors = [...entries.flatMap(errorsOf), ...twice(entries), ...sound.flatMap((entry) => unfit(entry, mode))];
  const good = entries.filter(({ sent }) => !errors.some(({ parameter }) => parameter === sent));
  const { parameters, warnings } = rounded({
    ...preset,
    ...Object.fromEntries(good.map(({ name, value }) => [name, value])),
  });
  return { parameters, errors, warnings: [...warnings, ...good.flatMap((entry) => idle(entry, mode))] };
}

type Entry = { readonly sent: string; readonly name: string; readonly value: unknown };

/** `detail_factor` → `detailFactor`. */
const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const rowOf = (name: string): ParameterRow | undefined =>
  Object.hasOwn(parameterTable, name) ? parameterTable[name as ParameterName] : undefined;

function errorsOf({ sent, name, value }: Entry): Remark[] {
  const row = rowOf(name);
  const message = row ? wrong(row, value) : `is not known; known are ${Object.keys(parameterTable).join(', ')}`;
  return message ? [{ parameter: sent, message }] : [];
}

/** Why a value is refused, or nothing. */
function wrong(row: ParameterRow, value: unknown): string | undefined {
  switch (row.type) {
    case 'number':
    case 'integer':
      return isWithin(row, value)
        ? undefined
        : `must be ${kindOf(row)} from ${row.min} to ${row.max}, got ${said(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `must be true or false, got ${said(value)}`;
    case 'choice':
      return row.of.includes(value as string) ? undefined : `must be one of ${row.of.join(', ')}, got ${said(value)}`;
    case 'choices':
      return isChoice(row.of, value) ? undefined : `must be a list of some of ${row.of.join(', ')}, got ${said(value)}`;
  }
}

const isWithin = ({ type, min, max }: { type: string; min: number; max: number }, value: unknown): boolean =>
  typeof value === 'number' && value >= min && value <= max && (type === 'number' || Number.isInteger(value));

const isChoice = (of: readonly string[], value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  new Set(value).size === value.length &&
  value.every((one) => of.includes(one));

const kindOf = ({ type }: { type: string }): string => (type === 'integer' ? 'a whole number' : 'a number');

const said = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60);

const twice = (entries: readonly Entry[]): Remark[] =>
  entries
    .filter(({ sent, name }) => entries.some((other) => other.name === name && other.sent < sent))
    .map(({ sent, name }) => ({ parameter: sent, message: `is given twice, also as another spelling of ${name}` }));

const spriteFormats = ['json', 'spine'];

/** What is within its range, and still nothing that this mode can do. */
function unfit({ sent, name, value }: Entry, mode: MeshMode): Remark[] {
  const message = unfitFor[name]?.(value, mode);
  return message ? [{ parameter: sent, message }] : [];
}

const unfitFor: Readonly<Record<string, (value: unknown, mode: MeshMode) => string | undefined>> = {
  detailFactor: (value, mode) =>
    mode === 'sprite' && (value as number) > spriteDetailMax
      ? `must be a number from 0.001 to ${spriteDetailMax} for sprites, got ${said(value)}`
      : undefined,
  curveDeg: (value, mode) =>
    mode !== 'auto' && mode !== 'lithophane' && value !== 0 ? 'must be 0: only a lithophane is bent' : undefined,
  thumbnailPx: (value) =>
    value !== 0 && (value as number) < 16 ? 'must be 0, which makes none, or at least 16' : undefined,
  formats(value, mode) {
    const foreign = (value as string[]).filter((format) => spriteFormats.includes(format) !== (mode === 'sprite'));
    return mode !== 'auto' && foreign.length > 0
      ? `holds ${foreign.join(', ')}, which ${mode} is not made in`
      : undefined;
  },
};

/** A blur has a middle: its kernel is odd. */
function rounded(parameters: Parameters): Pick<Checked, 'parameters' | 'warnings'> {
  const { blurKernelSize: size } = parameters;
  if (typeof size !== 'number' || size % 2 === 1) return { parameters, warnings: [] };
  return {
    parameters: { ...parameters, blurKernelSize: size + 1 },
    warnings: [{ parameter: 'blurKernelSize', message: `is even and was raised to ${size + 1}` }],
  };
}

function idle({ sent, name }: Entry, mode: MeshMode): Remark[] {
  const modes = rowOf(name)?.modes ?? [];
  if (mode === 'auto' || modes.includes(mode)) return [];
  return [{ parameter: sent, message: `has no effect on ${mode}; it is for ${modes.join(', ')}` }];
}
