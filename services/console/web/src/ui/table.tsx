import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import { type More, ReadOn, StillNote } from './read-on.tsx';

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
};

export type TableProps<Row> = {
  /** What the table holds, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly empty: ReactNode;
  /** A list that goes on; read when its end comes into sight. */
  readonly more?: More;
};

/** A row's usual height; at phone width rows are cards and measured as they come. */
const rowHeightPx = 45;

/** A table of which only the rows in sight are in the page, however long it is. At phone width each row is a card. */
export function Table<Row>({ label, columns, rows, keyOf, empty, more }: TableProps<Row>) {
  const body = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => body.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    initialRect: { width: 1_000, height: 800 },
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useReadOn(last >= rows.length - 5, more);
  if (rows.length === 0) return empty;
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section ref={body} className="table-frame" tabIndex={0} aria-label={label}>
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {columns.map(({ title, isNumber }) => (
                <th key={title} scope="col" className={isNumber ? 'number' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Gap height={above} columns={columns.length} />
            {shown.map(({ index }) => {
              const row = rows[index] as Row;
              return (
                <tr key={keyOf(row)} ref={virtual.measureElement} data-index={index} aria-rowindex={index + 2}>
                  {columns.map(({ title, cell, isNumber }) => (
                    <td key={title} data-title={title} className={isNumber ? 'number' : undefined}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
              );
            })}
            <Gap height={below} columns={columns.length} />
          </tbody>
        </table>
        {more && <ReadOn of={more} />}
      </section>
      {more && <StillNote of={more} />}
    </>
  );
}

/** Stands for the rows that are out of sight. */
const Gap = ({ height, columns }: { readonly height: number; readonly columns: number }) =>
  height > 0 ? (
    <tr className="gap">
      <td colSpan={columns} style={{ height }} />
    </tr>
  ) : null;

/** Reads on when the end comes into sight; after a failure only by hand. */
function useReadOn(isNearEnd: boolean, more: More | undefined): void {
  const isDue = isNearEnd && more?.hasNextPage && !more.isFetchingNextPage && !more.isFetchNextPageError;
  useEffect(() => {
    if (isDue) void more?.fetchNextPage();
  }, [isDue, more]);
}
