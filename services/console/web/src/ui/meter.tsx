/** A share of 100, drawn and said. */
export const Meter = ({ percent, label }: { readonly percent: number; readonly label: string }) => (
  <span className="meter">
    <progress max={100} value={percent} aria-label={label} />
    <span className="number">{Math.round(percent)} %</span>
  </span>
);
