import { useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import { jobStates } from '../api/shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { numberText } from '../ui/numbers.ts';

type Counts = { readonly counts: Readonly<Record<string, number>> };

/** How many jobs of the filter are in each state; a press narrows the list to it. */
export function JobCounts({
  filter: { state = '', ...filter },
}: {
  readonly filter: Readonly<Record<string, string>>;
}) {
  const url = useUrlState();
  const counts = useAnswer<Counts>(address('/api/everywhere/jobs/counts', filter)).data?.counts;
  const chosen = state.split(',');
  return (
    <nav className="state-counts" aria-label="States">
      {['', ...jobStates].map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={chosen.includes(name)}
          onClick={() => url.set({ state: name || null })}
        >
          {name || 'all'} <span className="number">{numberText(name ? counts?.[name] : counts && sumOf(counts))}</span>
        </button>
      ))}
    </nav>
  );
}

const sumOf = (counts: Counts['counts']): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
