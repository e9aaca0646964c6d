import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { createPortal } from 'react-dom';
import { IconButton } from './button.tsx';
import { X } from './icons.ts';

type Kind = 'done' | 'refused';
type Note = { readonly id: number; readonly kind: Kind; readonly text: string };
type Notes = {
  say(kind: Kind, text: string): void;
  /** Shows the notes in an open dialog, because all outside of it is out of reach; gives the way back. */
  showIn(dialog: HTMLElement): () => void;
};

const NotesContext = createContext<Notes>({ say: () => undefined, showIn: () => () => undefined });

/** Says what has come of something, at the edge of the page and to screen readers. */
export const useNotes = (): Notes => useContext(NotesContext);

/** Good news goes by itself; a refusal stays until it is put away. */
export function NotesProvider({ children }: { readonly children: ReactNode }) {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [dialogs, setDialogs] = useState<readonly HTMLElement[]>([]);
  const putAway = useCallback((id: number) => setNotes((all) => all.filter((note) => note.id !== id)), []);
  const say = useCallback(
    (kind: Kind, text: string) => {
      const id = nextId++;
      setNotes((all) => [...all.slice(-3), { id, kind, text }]);
      if (kind === 'done') setTimeout(() => putAway(id), 5_000);
    },
    [putAway],
  );
  const showIn = useCallback((dialog: HTMLElement) => {
    setDialogs((open) => [...open, dialog]);
    return () => setDialogs((open) => open.filter((one) => one !== dialog));
  }, []);
  const told = useMemo(() => ({ say, showIn }), [say, showIn]);
  return (
    <NotesContext value={told}>
      {children}
      {createPortal(<NoteList notes={notes} onPutAway={putAway} />, dialogs.at(-1) ?? document.body)}
    </NotesContext>
  );
}

type NoteListProps = { readonly notes: readonly Note[]; readonly onPutAway: (id: number) => void };

const NoteList = ({ notes, onPutAway }: NoteListProps) => (
  <section className="notes" aria-live="polite" aria-label="What has come of it">
    {notes.map(({ id, kind, text }) => (
      <div key={id} className={`note note-${kind}`} role={kind === 'refused' ? 'alert' : 'status'}>
        <p>{text}</p>
        <IconButton label="Put away" icon={X} onClick={() => onPutAway(id)} />
      </div>
    ))}
  </section>
);

let nextId = 1;
