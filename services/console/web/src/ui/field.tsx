import { type ReactNode, useId } from 'react';

type FieldProps = { readonly label: string; readonly hint?: string | undefined };

type TextProps = FieldProps & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'search' | 'password' | 'time';
  readonly placeholder?: string;
  readonly isRequired?: boolean;
};

export function TextField({ label, hint, value, onChange, type = 'text', placeholder, isRequired }: TextProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <input
        id={id}
        type={type}
        value={value}
        placeholder={placeholder}
        required={isRequired}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </Labelled>
  );
}

type NumberProps = FieldProps & {
  /** Undefined: the field is empty. */
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
  readonly min?: number;
  readonly max?: number;
  /** Whether fractions are none. Default: they are taken. */
  readonly isWhole?: boolean;
  readonly isRequired?: boolean;
};

export function NumberField({ label, hint, value, onChange, min, max, isWhole, isRequired }: NumberProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <input
        id={id}
        type="number"
        value={value ?? ''}
        min={min}
        max={max}
        step={isWhole ? 1 : 'any'}
        required={isRequired}
        autoComplete="off"
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={({ target }) => onChange(target.value === '' ? undefined : target.valueAsNumber)}
      />
    </Labelled>
  );
}

type AreaProps = FieldProps & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows?: number;
};

export function TextArea({ label, hint, value, onChange, rows = 10 }: AreaProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <textarea
        id={id}
        rows={rows}
        value={value}
        spellCheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </Labelled>
  );
}

type ChoiceProps = FieldProps & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Values, or values with what people read. */
  readonly of: readonly (string | readonly [value: string, text: string])[];
};

export function Choice({ label, hint, value, onChange, of }: ChoiceProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <select
        id={id}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      >
        {of.map((choice) => {
          const [option, text] = typeof choice === 'string' ? [choice, choice] : choice;
          return (
            <option key={option} value={option}>
              {text}
            </option>
          );
        })}
      </select>
    </Labelled>
  );
}

type CheckProps = {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly isFixed?: boolean;
};

export function Check({ label, checked, onChange, isFixed }: CheckProps) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={isFixed}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

const Labelled = ({
  id,
  label,
  hint,
  children,
}: FieldProps & { readonly id: string; readonly children: ReactNode }) => (
  <div className="field">
    <label htmlFor={id}>{label}</label>
    {children}
    {hint && (
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
    )}
  </div>
);
