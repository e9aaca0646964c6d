import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import type { DeadLetter } from '../api/shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

type DecideProps = { readonly service: string; readonly letter: DeadLetter };

/** Puts a letter aside with a word on why, or away for good. */
export function Decide({ service, letter }: DecideProps) {
  const at = `/api/${service}/dead-letters/${letter.id}`;
  return (
    <>
      {(['park', 'resolve'] as const).map((verb) => (
        <DialogButton key={verb} dialog={(close) => <Note verb={verb} path={`${at}/${verb}`} onClose={close} />}>
          {verb === 'park' ? 'Park' : 'Resolve'}
        </DialogButton>
      ))}
      <DeedButton
        method="DELETE"
        path={at}
        needs="admin"
        kind="danger"
        said="The letter is gone."
        confirm={{ title: 'Delete this letter', text: 'It cannot be replayed any more.' }}
      >
        Delete
      </DeedButton>
    </>
  );
}

type NoteProps = { readonly verb: 'park' | 'resolve'; readonly path: string; readonly onClose: () => void };

function Note({ verb, path, onClose }: NoteProps) {
  const [note, setNote] = useState('');
  const decide = useDeed(onClose);
  return (
    <Dialog title={verb === 'park' ? 'Park it' : 'Resolve it'} onClose={onClose}>
      <Question
        submit={verb === 'park' ? 'Park' : 'Resolve'}
        isBusy={decide.isPending}
        onClose={onClose}
        onSubmit={() => {
          decide.mutate({ path, body: { note }, said: verb === 'park' ? 'Parked.' : 'Resolved.' });
        }}
      >
        <TextField label="Why" value={note} onChange={setNote} isRequired />
      </Question>
    </Dialog>
  );
}
