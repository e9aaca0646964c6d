import { type ReactNode, useState } from 'react';
import { type Deed, useDeed } from '../api/deeds.ts';
import { type Role, refusalOf, useMe } from '../api/me.ts';
import { useUrlState } from '../api/url-state.ts';
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
  /** A link of a message with `?do=` and this name asks before it is done. Default: none does. */
  readonly name?: string;
};

/** Asked of whoever was led here by a message. */
const asked = { title: 'Do this now?', text: 'A message has led you here; nothing has been done yet.' };

/** Does one thing at a press, after a question where that is due; tells whoever may not, why. */
export function DeedButton<Answer = unknown>(props: DeedButtonProps<Answer>) {
  const { children, kind, needs = 'operator', confirm, onDone, refusedBecause, name, ...deed } = props;
  const me = useMe();
  const { get, set } = useUrlState();
  const isAskedFor = name !== undefined && get('do') === name;
  const [isAsking, setAsking] = useState(false);
  const close = () => {
    setAsking(false);
    if (isAskedFor) set({ do: null });
  };
  const doing = useDeed<Answer>((answer) => {
    close();
    onDone?.(answer);
  });
  const run = () => doing.mutate(deed);
  const reason = refusalOf(me, needs) ?? refusedBecause;
  const question = (isAsking && confirm) || (isAskedFor && !reason && (confirm ?? asked));
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
      {question && (
        <Confirmation
          {...question}
          kind={confirm ? 'danger' : 'primary'}
          isBusy={doing.isPending}
          onConfirm={run}
          onClose={close}
        >
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
  readonly kind: 'primary' | 'danger';
  readonly isBusy: boolean;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

function Confirmation({ title, text, typed, kind, isBusy, children, onConfirm, onClose }: ConfirmationProps) {
  const [word, setWord] = useState('');
  const isMissing = typed !== undefined && word.trim() !== typed;
  return (
    <Dialog title={title} onClose={onClose}>
      <Question
        submit={children}
        kind={kind}
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
