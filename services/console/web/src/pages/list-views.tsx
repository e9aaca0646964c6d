import { useState } from 'react';
import { Link } from 'wouter';
import type { ListName } from '../../../src/domain/list-name.ts';
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

type Of = { readonly list: ListName; readonly filter: Filter };

/** The filters of a list that the person has kept under a name, each a link; nothing while there is none. */
export function ListViews({ list, filter }: Of) {
  const views = useAnswer<{ items: readonly View[] }>(`/api/views/${list}`).data?.items ?? [];
  if (views.length === 0) return null;
  return (
    <nav className="views" aria-label="Saved views">
      {views.map((view) => (
        <ViewLink key={view.id} list={list} view={view} isShown={isSame(view.filter, filter)} />
      ))}
    </nav>
  );
}

/** Keeps the present filter. */
export const SaveView = (of: Of) => (
  <DialogButton
    needs="viewer"
    refusedBecause={Object.keys(of.filter).length === 0 ? 'Narrow the list first.' : undefined}
    dialog={(close) => <NameView {...of} onClose={close} />}
  >
    Save this view
  </DialogButton>
);

type ViewLinkProps = { readonly list: ListName; readonly view: View; readonly isShown: boolean };

function ViewLink({ list, view: { name, filter }, isShown }: ViewLinkProps) {
  const forget = useDeed();
  return (
    <span className="view">
      <Link href={address(`/${list}`, filter)} aria-current={isShown ? 'true' : undefined}>
        {name}
      </Link>
      <IconButton
        label={`Forget the view ${name}`}
        icon={X}
        onClick={() =>
          forget.mutate({ method: 'DELETE', path: pathOf(list, name), said: `The view ${name} is forgotten.` })
        }
      />
    </span>
  );
}

function NameView({ list, filter, onClose }: Of & { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const saving = useDeed(onClose);
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <Question
        submit="Save"
        isBusy={saving.isPending}
        refusedBecause={name.trim() === '' ? 'It has no name yet' : undefined}
        onClose={onClose}
        onSubmit={() =>
          saving.mutate({ method: 'PUT', path: pathOf(list, name.trim()), body: { filter }, said: 'Saved.' })
        }
      >
        <p>You find it above the list, from every browser that you sign in with. The same name replaces what had it.</p>
        <TextField label="Name of the view" value={name} onChange={setName} isRequired />
      </Question>
    </Dialog>
  );
}

const pathOf = (list: ListName, name: string): string => `/api/views/${list}/${encodeURIComponent(name)}`;

const isSame = (a: Filter, b: Filter): boolean =>
  JSON.stringify(Object.entries(a).toSorted()) === JSON.stringify(Object.entries(b).toSorted());
