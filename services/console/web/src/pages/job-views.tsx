import { useState } from 'react';
import { Link } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { address } from '../api/request.ts';
import { IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextField } from '../ui/field.tsx';
import { X } from '../ui/icons.ts';
import { Question } from '../ui/question.tsx';

type Filter = Readonly<Record<string, string>>;
type View = { readonly id: string; readonly name: string; readonly filter: Filter };

/** The filters that the person has kept under a name: each a link, the present one to be kept as well. */
export function JobViews({ filter }: { readonly filter: Filter }) {
  const views = useAnswer<{ items: readonly View[] }>('/api/job-views').data?.items ?? [];
  return (
    <nav className="views" aria-label="Saved views">
      {views.map((view) => (
        <ViewLink key={view.id} view={view} isShown={isSame(view.filter, filter)} />
      ))}
      <DialogButton
        needs="viewer"
        refusedBecause={Object.keys(filter).length === 0 ? 'Narrow the list first.' : undefined}
        dialog={(close) => <SaveView filter={filter} onClose={close} />}
      >
        Save this view
      </DialogButton>
    </nav>
  );
}

function ViewLink({ view: { name, filter }, isShown }: { readonly view: View; readonly isShown: boolean }) {
  const forget = useDeed();
  return (
    <span className="view">
      <Link href={address('/jobs', filter)} aria-current={isShown ? 'true' : undefined}>
        {name}
      </Link>
      <IconButton
        label={`Forget the view ${name}`}
        icon={X}
        onClick={() => forget.mutate({ method: 'DELETE', path: pathOf(name), said: `The view ${name} is forgotten.` })}
      />
    </span>
  );
}

function SaveView({ filter, onClose }: { readonly filter: Filter; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const saving = useDeed(onClose);
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <Question
        submit="Save"
        isBusy={saving.isPending}
        refusedBecause={name.trim() === '' ? 'It has no name yet' : undefined}
        onClose={onClose}
        onSubmit={() => saving.mutate({ method: 'PUT', path: pathOf(name.trim()), body: { filter }, said: 'Saved.' })}
      >
        <p>You find it above the list, from every browser that you sign in with. The same name replaces what had it.</p>
        <TextField label="Name of the view" value={name} onChange={setName} isRequired />
      </Question>
    </Dialog>
  );
}

const pathOf = (name: string): string => `/api/job-views/${encodeURIComponent(name)}`;

const isSame = (a: Filter, b: Filter): boolean =>
  JSON.stringify(Object.entries(a).toSorted()) === JSON.stringify(Object.entries(b).toSorted());
