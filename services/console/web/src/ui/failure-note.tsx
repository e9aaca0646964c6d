import type { Failure } from '../api/shapes.ts';

/** Why something failed, and what helps. */
export const FailureNote = ({ of: { code, message, remedy } }: { readonly of: Failure }) => (
  <div className="trouble" role="alert">
    <p>
      <strong>{message}</strong> <span className="mono faint">{code}</span>
    </p>
    {remedy && <p>{remedy}</p>}
  </div>
);
