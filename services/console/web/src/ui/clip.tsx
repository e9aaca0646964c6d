/** One line of a text that may be long; all of it at a look. */
export const Clip = ({ text, kind }: { readonly text: string; readonly kind?: 'faint' | 'bad-text' | 'mono' }) => (
  <span className={kind ? `clip ${kind}` : 'clip'} title={text}>
    {text}
  </span>
);
