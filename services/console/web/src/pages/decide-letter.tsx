import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import { may, useMe } from '../api/me.ts';
import type { DeadLetter } from '../api/shapes.ts';
import { Button } from '../ui/button.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';

type DecideProps = { readonly service: string; readonly letter: DeadLetter };

/** Puts a letter aside with a word on why, or away for good. */
export function Decide({ service, letter }: DecideProps) {
  const me = useMe();
  const [verb, setVerb] = useState<'park' | 'resolve'>();
  const reason = may(me, 'operator') ? undefined : `This takes the role operator; yours is ${me.role}.`;
  const at = `/api/${service}/dead-letters/${letter.id}`;
  return (
    <>
      <Button refusedBecause={reason} onClick={() => setVerb('park')}>
        Park
      </Button>
      <Button refusedBecause={reason} onClick={() => setVerb('resolve')}>
        Resolve
      </Button>
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
      {verb && <Note verb={verb} path={`${at}/${verb}`} onClose={() => setVerb(undefined)} />}
    </>
  );
}

type NoteProps = { readonly verb: 'park' | 'resolve'; readonly path: string; readonly onClose: () => void };

function Note({ verb, path, onClose }: NoteProps) {
  const [note, setNote] = useState('');
  const decide = useDeed(onClose);
  return (
    <Dialog title={verb === 'park' ? 'Park it' : 'Resolve it'} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide.mutate({ path, body: { note }, said: verb === 'park' ? 'Parked.' : 'Resolved.' });
        }}
      >
        <TextField label="Why" value={note} onChange={setNote} isRequired />
        <div className="actions">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" isBusy={decide.isPending}>
            {verb === 'park' ? 'Park' : 'Resolve'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
