import { type ReactNode, useState } from 'react';
import { type Deed, useDeed } from '../api/deeds.ts';
import { type Role, refusalOf, useMe } from '../api/me.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { Question } from './question.tsx';

type DeedButtonProps<Answer> = Deed<Answer> & {
  readonly children: ReactNode;
  readonly kind?: 'plain' | 'primary' | 'danger';
  /** The least role that may. Default operator. */
  readonly needs?: Role;
  /** Why it makes no sense now, whoever asks. */
  readonly refusedBecause?: string | undefined;
  /** Asked first: what will happen. `typed`: a word that must be typed, for what cannot be undone. */
  readonly confirm?: { readonly title: string; readonly text: string; readonly typed?: string };
  readonly onDone?: (answer: Answer) => void;
};

/** Does one thing at a press, after a question where that is due; tells whoever may not, why. */
export function DeedButton<Answer = unknown>(props: DeedButtonProps<Answer>) {
  const { children, kind, needs = 'operator', confirm, onDone, refusedBecause, ...deed } = props;
  const me = useMe();
  const [isAsking, setAsking] = useState(false);
  const doing = useDeed<Answer>((answer) => {
    setAsking(false);
    onDone?.(answer);
  });
  const run = () => doing.mutate(deed);
  const reason = refusalOf(me, needs) ?? refusedBecause;
  return (
    <>
      <Button
        kind={kind}
        isBusy={doing.isPending}
        refusedBecause={reason}
        onClick={confirm ? () => setAsking(true) : run}
      >
        {children}
      </Button>
      {isAsking && confirm && (
        <Confirmation {...confirm} isBusy={doing.isPending} onConfirm={run} onClose={() => setAsking(false)}>
          {children}
        </Confirmation>
      )}
    </>
  );
}

type ConfirmationProps = {
  readonly title: string;
  readonly text: string;
  readonly typed?: string;
  readonly isBusy: boolean;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

function Confirmation({ title, text, typed, isBusy, children, onConfirm, onClose }: ConfirmationProps) {
  const [word, setWord] = useState('');
  const isMissing = typed !== undefined && word.trim() !== typed;
  return (
    <Dialog title={title} onClose={onClose}>
      <Question
        submit={children}
        kind="danger"
        isBusy={isBusy}
        refusedBecause={isMissing ? `“${typed}” is not typed yet` : undefined}
        onClose={onClose}
        onSubmit={onConfirm}
      >
        <p>{text}</p>
        {typed && <TextField label={`Type “${typed}” to go on`} value={word} onChange={setWord} />}
      </Question>
    </Dialog>
  );
}
