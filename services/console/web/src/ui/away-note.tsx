import type { Away } from '../api/shapes.ts';

/** Says which part of a list is missing, and why. */
export const AwayNote = ({ away }: { readonly away: readonly Away[] }) =>
  away.length === 0 ? null : (
    <p className="away" role="status">
      Not all is here: {away.map(({ service, reason }) => `${service} ${reason}`).join('; ')}.
    </p>
  );
