import { Button } from './button.tsx';

/** A list that goes on. */
export type More = {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  /** The last reading on has failed; it is tried again by hand. */
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => unknown;
  /** So long that it is no longer kept fresh, until it begins again. */
  readonly isStill: boolean;
  readonly begin: () => unknown;
};

/** Reads the next page of a list; nothing at its end. */
export const ReadOn = ({ of: more }: { readonly of: More }) =>
  more.hasNextPage ? (
    <Button isBusy={more.isFetchingNextPage} onClick={() => void more.fetchNextPage()}>
      {labelOf(more)}
    </Button>
  ) : null;

function labelOf({ isFetchingNextPage, isFetchNextPageError }: More): string {
  if (isFetchingNextPage) return 'Reading on …';
  return isFetchNextPageError ? 'Could not read on: try again' : 'Read on';
}

/** Says that a long list is not kept fresh, and leads back to where it is. */
export const StillNote = ({ of: { isStill, begin } }: { readonly of: More }) =>
  isStill ? (
    <p className="still" role="status">
      The list stands still while you read on. <Button onClick={() => void begin()}>Back to the newest</Button>
    </p>
  ) : null;
