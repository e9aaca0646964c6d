/** A share, 0 to 1, drawn and said in percent. */
export const Meter = ({ share, label }: { readonly share: number; readonly label: string }) => (
  <span className="meter">
    <progress max={1} value={share} aria-label={label} />
    <span className="number">{Math.round(share * 100)} %</span>
  </span>
);
