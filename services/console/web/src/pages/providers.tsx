import { useAnswer } from '../api/answers.ts';
import type { Provider, ProviderState } from '../api/music-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago, Span } from '../ui/time.tsx';

/** How the providers of releases fare, and what waits for them. */
export function Providers() {
  const provider = useAnswer<Provider>('/api/music/provider', { everyMs: 5_000 });
  return (
    <Answer of={provider} lines={6}>
      {(first) => (
        <div className="cards">
          {[first, ...first.others].map((provider) => (
            <ProviderCard key={provider.id} provider={provider} />
          ))}
          <ImportsCard queue={first.queue} />
        </div>
      )}
    </Answer>
  );
}

const ProviderCard = ({ provider: { name, url, budget, breaker } }: { readonly provider: ProviderState }) => (
  <section className="card" aria-label={name}>
    <h2>
      {name} <StateBadge state={breaker.state} />
    </h2>
    <p className="hint">{url}</p>
    <Facts
      of={{
        'One request in': <Span ms={budget.intervalMs} />,
        Now: budget.isBusy ? 'waits for its turn' : 'free',
        'Waiting here': numberText(budget.waitingHere),
        Requests: numberText(budget.requests),
        Failures: numberText(budget.failures),
        'Last answer': <Ago at={budget.lastAnswerAt} />,
        'Kept from calls until': breaker.openUntil ? <Ago at={breaker.openUntil} /> : undefined,
      }}
    />
  </section>
);

const ImportsCard = ({ queue: { waiting, running, etaMs } }: { readonly queue: Provider['queue'] }) => (
  <section className="card" aria-label="Imports">
    <h2>Imports</h2>
    <Facts
      of={{
        Waiting: numberText(waiting),
        Running: numberText(running),
        'Done in about': <Span ms={etaMs} />,
      }}
    />
  </section>
);
