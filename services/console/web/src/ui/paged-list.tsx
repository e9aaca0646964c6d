import type { ReactNode } from 'react';
import { Answer, type Question } from './answer.tsx';
import { type More, ReadOn, StillNote } from './read-on.tsx';
import { Table, type TableProps } from './table.tsx';

/** A list that is read page by page. */
type Pages<Row> = Question<readonly Row[]> & More;

type PagedTableProps<Row> = Omit<TableProps<Row>, 'rows' | 'more'> & {
  readonly of: Pages<Row>;
  /** Kept free until the first page is there. Default 8. */
  readonly lines?: number;
};

/** Such a list as a table. */
export const PagedTable = <Row,>({ of: pages, lines = 8, ...table }: PagedTableProps<Row>) => (
  <Answer of={pages} lines={lines}>
    {(rows) => <Table {...table} rows={rows} more={pages} />}
  </Answer>
);

type PagedCardsProps<Row> = {
  readonly of: Pages<Row>;
  /** What they are, for those who hear it. */
  readonly label: string;
  /** Below each other, or side by side. */
  readonly kind: 'inbox' | 'gallery';
  readonly keyOf: (row: Row) => string;
  readonly card: (row: Row) => ReactNode;
  readonly empty: ReactNode;
  /** Default 8. */
  readonly lines?: number;
};

/** Such a list as cards. */
export const PagedCards = <Row,>(props: PagedCardsProps<Row>) => {
  const { of: pages, label, kind, keyOf, card, empty, lines = 8 } = props;
  return (
    <>
      <Answer of={pages} lines={lines}>
        {(rows) =>
          rows.length === 0 ? (
            empty
          ) : (
            <ul className={kind} aria-label={label}>
              {rows.map((row) => (
                <li key={keyOf(row)}>{card(row)}</li>
              ))}
            </ul>
          )
        }
      </Answer>
      <ReadOn of={pages} />
      <StillNote of={pages} />
    </>
  );
};
