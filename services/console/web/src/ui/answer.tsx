import type { ReactNode } from 'react';
import type { Refusal } from '../api/request.ts';
import { Button } from './button.tsx';

/** What was asked, as far as it is answered. */
export type Question<Body> = {
  readonly data: Body | undefined;
  readonly error: Refusal | null;
  readonly refetch: () => unknown;
};

type AnswerProps<Body> = {
  readonly of: Question<Body>;
  /** How many lines to keep free until it is there, so that nothing jumps. Default 4. */
  readonly lines?: number;
  readonly children: (body: Body) => ReactNode;
};

/** What was asked for; or that it is coming; or why it does not come. What was once there stays while it is read again. */
export function Answer<Body>({ of: { data, error, refetch }, lines = 4, children }: AnswerProps<Body>) {
  if (data !== undefined) return children(data);
  if (error) return <Trouble refusal={error} onAgain={refetch} />;
  return <Waiting lines={lines} />;
}

export const Waiting = ({ lines }: { readonly lines: number }) => (
  <div className="waiting" role="status" aria-label="Loading" style={{ minHeight: `${lines * 2.5}rem` }}>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} className="waiting-line" />
    ))}
  </div>
);

const Trouble = ({ refusal, onAgain }: { readonly refusal: Refusal; readonly onAgain: () => unknown }) => (
  <div className="trouble" role="alert">
    <p>
      <strong>{refusal.status === 404 ? 'There is nothing here.' : 'This could not be read.'}</strong> {refusal.message}
    </p>
    {refusal.errors.map(({ path, message }) => (
      <p key={path}>
        {path} {message}
      </p>
    ))}
    <Button onClick={() => void onAgain()}>Try again</Button>
  </div>
);

/** In the place of a list that holds nothing: what would be here, and how it gets here. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className="empty">
    <p className="empty-title">{title}</p>
    {children && <p>{children}</p>}
  </div>
);
