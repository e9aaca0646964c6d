import type { Everywhere, OfService } from '../api/shapes.ts';
import { Answer, type Question } from './answer.tsx';
import { AwayNote } from './away-note.tsx';
import { Table, type TableProps } from './table.tsx';

type EverywhereTableProps<Item> = Omit<TableProps<OfService<Item>>, 'rows' | 'more'> & {
  readonly of: Question<Everywhere<Item>>;
  /** Which of them are shown, and in which order. Default: all, as they come. */
  readonly rowsOf?: (items: readonly OfService<Item>[]) => readonly OfService<Item>[];
  /** Kept free until they are there. Default 6. */
  readonly lines?: number;
};

/** What all services hold of one kind, as a table that says whose part is missing. */
export const EverywhereTable = <Item,>({ of, rowsOf, lines = 6, ...table }: EverywhereTableProps<Item>) => (
  <Answer of={of} lines={lines}>
    {({ items, away }) => (
      <>
        <AwayNote away={away} />
        <Table {...table} rows={rowsOf ? rowsOf(items) : items} />
      </>
    )}
  </Answer>
);
