import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { IconButton } from './button.tsx';
import { X } from './icons.ts';

type Kind = 'done' | 'refused';
type Note = { readonly id: number; readonly kind: Kind; readonly text: string };
type Notes = { say(kind: Kind, text: string): void };

const NotesContext = createContext<Notes>({ say: () => undefined });

/** Says what has come of something, at the edge of the page and to screen readers. */
export const useNotes = (): Notes => useContext(NotesContext);

/** Good news goes by itself; a refusal stays until it is put away. */
export function NotesProvider({ children }: { readonly children: ReactNode }) {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const putAway = useCallback((id: number) => setNotes((all) => all.filter((note) => note.id !== id)), []);
  const say = useCallback(
    (kind: Kind, text: string) => {
      const id = nextId++;
      setNotes((all) => [...all.slice(-3), { id, kind, text }]);
      if (kind === 'done') setTimeout(() => putAway(id), 5_000);
    },
    [putAway],
  );
  return (
    <NotesContext value={{ say }}>
      {children}
      <section className="notes" aria-live="polite" aria-label="What has come of it">
        {notes.map(({ id, kind, text }) => (
          <div key={id} className={`note note-${kind}`} role={kind === 'refused' ? 'alert' : 'status'}>
            <p>{text}</p>
            <IconButton label="Put away" icon={X} onClick={() => putAway(id)} />
          </div>
        ))}
      </section>
    </NotesContext>
  );
}

let nextId = 1;
