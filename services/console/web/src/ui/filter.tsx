import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useUrlState } from '../api/url-state.ts';
import { Choice, TextField } from './field.tsx';

/** What narrows a list. Its values stand in the address. */
export const Filters = ({ children }: { readonly children: ReactNode }) => (
  <search className="filters" aria-label="Filter">
    {children}
  </search>
);

type FilterProps = {
  /** Of the parameter in the address. */
  readonly name: string;
  readonly label: string;
};

type FilterChoiceProps = FilterProps & {
  /** Values, or values with what people read. */
  readonly of: readonly (string | readonly [value: string, text: string])[];
  /** What people read while none is chosen. Default `all`. */
  readonly none?: string;
};

/** One of a few values. */
export function FilterChoice({ name, label, of, none = 'all' }: FilterChoiceProps) {
  const url = useUrlState();
  return (
    <Choice
      label={label}
      value={url.get(name)}
      onChange={(value) => url.set({ [name]: value })}
      of={[['', none], ...of]}
    />
  );
}

type FilterTextProps = FilterProps & { readonly placeholder?: string; readonly type?: 'text' | 'search' };

/** A text, asked for once nobody types. */
export function FilterText({ name, ...field }: FilterTextProps) {
  const url = useUrlState();
  const [text, setText] = useTyped(url.get(name), (typed) => {
    url.set({ [name]: typed });
    return typed;
  });
  return <TextField {...field} value={text} onChange={setText} />;
}

/** Longer than between two letters. */
const pauseMs = 300;

/**
 * A text of which only what stands for a moment is worth asking for.
 * @param known the text that was asked for; when somebody else changes it, by a link or another view, it is taken over.
 * @param ask told of the text after a pause; gives how it will be known.
 */
export function useTyped(known: string, ask: (typed: string) => string) {
  const [text, setText] = useState(known);
  const asked = useRef(known);
  const present = useRef(ask);
  present.current = ask;
  useEffect(() => {
    if (known !== asked.current) setText(known);
    asked.current = known;
  }, [known]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      asked.current = present.current(typed);
    }, pauseMs);
  };
  return [text, type] as const;
}
