import type { ReactNode } from 'react';
import type { LucideIcon } from './icons.ts';

type ButtonProps = {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly kind?: 'plain' | 'primary' | 'danger' | undefined;
  readonly type?: 'button' | 'submit';
  readonly isBusy?: boolean;
  /** Why it cannot be pressed; undefined when it can. It stays reachable by keyboard, so that the reason can be heard. */
  readonly refusedBecause?: string | undefined;
};

export function Button({ children, onClick, kind = 'plain', type = 'button', isBusy, refusedBecause }: ButtonProps) {
  const isOff = isBusy || refusedBecause !== undefined;
  return (
    <button
      type={type}
      className={`button button-${kind}`}
      aria-disabled={isOff}
      title={refusedBecause}
      onClick={(event) => {
        if (isOff) return event.preventDefault();
        onClick?.();
      }}
    >
      {children}
    </button>
  );
}

type IconButtonProps = {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onClick: () => void;
  /** Of a button that opens something: whether it is open. */
  readonly isOpen?: boolean;
};

export const IconButton = ({ label, icon: Icon, onClick, isOpen }: IconButtonProps) => (
  <button
    type="button"
    className="icon-button"
    aria-label={label}
    title={label}
    aria-expanded={isOpen}
    onClick={onClick}
  >
    <Icon size={18} aria-hidden />
  </button>
);
