import type { ReactNode } from 'react';
import { Button } from './button.tsx';

type QuestionProps = {
  readonly children: ReactNode;
  /** What the button that answers it says. */
  readonly submit: ReactNode;
  readonly kind?: 'primary' | 'danger';
  readonly isBusy: boolean;
  /** What is still missing; undefined when it can be answered. */
  readonly refusedBecause?: string | undefined;
  /** Stands between leaving and answering. */
  readonly between?: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
};

/** What a dialog asks, with its two ways out. */
export function Question(props: QuestionProps) {
  const { children, submit, kind = 'primary', isBusy, refusedBecause, between, onSubmit, onClose } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (refusedBecause === undefined && !isBusy) onSubmit();
      }}
    >
      {children}
      <div className="actions">
        <Button onClick={onClose}>Leave it</Button>
        {between}
        <Button type="submit" kind={kind} isBusy={isBusy} refusedBecause={refusedBecause}>
          {submit}
        </Button>
      </div>
    </form>
  );
}
