import { type ReactNode, useState } from 'react';
import { type Role, refusalOf, useMe } from '../api/me.ts';
import { Button } from './button.tsx';

type DialogButtonProps = {
  readonly children: ReactNode;
  readonly kind?: 'plain' | 'primary' | 'danger';
  /** The least role that may. Default operator. */
  readonly needs?: Role;
  /** Why it makes no sense now, whoever asks. */
  readonly refusedBecause?: string | undefined;
  /** What is shown while it is open. */
  readonly dialog: (close: () => void) => ReactNode;
};

/** Opens a dialog at a press; tells whoever may not, why. */
export function DialogButton({ children, kind, needs = 'operator', refusedBecause, dialog }: DialogButtonProps) {
  const me = useMe();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind={kind} refusedBecause={refusalOf(me, needs) ?? refusedBecause} onClick={() => setOpen(true)}>
        {children}
      </Button>
      {isOpen && dialog(() => setOpen(false))}
    </>
  );
}
