import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button.tsx';
import { X } from './icons.ts';
import { useNotes } from './notes.tsx';

type DialogProps = { readonly title: string; readonly onClose: () => void; readonly children: ReactNode };

/** A question over the page: focus stays inside, Escape closes, and focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const closed = useRef(onClose);
  closed.current = onClose;
  const { showIn } = useNotes();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const onClosed = () => closed.current();
    dialog.showModal();
    dialog.addEventListener('close', onClosed);
    const showOutside = showIn(dialog);
    return () => {
      // Going away is not a person's closing.
      dialog.removeEventListener('close', onClosed);
      dialog.close();
      showOutside();
    };
  }, [showIn]);
  return (
    <dialog ref={element} className="dialog" aria-labelledby={titleId}>
      <header className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <IconButton label="Close" icon={X} onClick={onClose} />
      </header>
      {children}
    </dialog>
  );
}
